/// How the page looks: on paper and on screens, broad and narrow, by day and by night.
enum PageStyle {
  static let text: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #faf9f6; --sheet: #ffffff; --ink: #1c2128; --quiet: #59636e; --hair: #dfdcd4; --wash: #f1efe9;
      --bad: #b3261e; --bad-wash: #fbe9e7; --lit: #fff3c4; --cut: #8a8f98; --arrow: #8d949d;
      --t0: #a86500; --t1: #2a6db0; --t2: #0d8578; --t3: #7a4fc4; --t4: #65791a; --t5: #b0407f;
      --t6: #7a4a2b; --t7: #2f8f3e; --t8: #0790b0; --t9: #d4590f;
      --sans: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, sans-serif;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono", Menlo, monospace;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --paper: #14171b; --sheet: #1a1e23; --ink: #e4e7eb; --quiet: #9da7b2; --hair: #323941; --wash: #22272e;
        --bad: #ff8f85; --bad-wash: #3a2021; --lit: #3d3718; --cut: #7f8791; --arrow: #646d78;
        --t0: #e0a044; --t1: #69a8ef; --t2: #43c2b2; --t3: #b394f6; --t4: #a9c04c; --t5: #ec86be;
        --t6: #b98a6a; --t7: #6fce7d; --t8: #4fd3ee; --t9: #ff935a;
      }
    }
    .t0 { --term: var(--t0) } .t1 { --term: var(--t1) } .t2 { --term: var(--t2) }
    .t3 { --term: var(--t3) } .t4 { --term: var(--t4) } .t5 { --term: var(--t5) }
    .t6 { --term: var(--t6) } .t7 { --term: var(--t7) } .t8 { --term: var(--t8) } .t9 { --term: var(--t9) }
    .t-zero { --term: var(--cut) }

    * { box-sizing: border-box }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 3.5rem }
    body {
      margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 var(--sans);
      font-variant-numeric: tabular-nums; overflow-wrap: break-word;
    }
    main, footer { max-width: 84rem; margin: 0 auto; padding: 0 clamp(1rem, 3vw, 2.5rem) }
    h1 { font-size: clamp(1.45rem, 1.1rem + 1.5vw, 2.3rem); line-height: 1.18; font-weight: 650;
      letter-spacing: -0.012em; margin: 0.35rem 0 0.9rem; max-width: 32em; text-wrap: balance }
    h2 { font-size: 1.2rem; line-height: 1.3; font-weight: 650; margin: 0 0 0.7rem }
    h3 { font-size: 1rem; font-weight: 650; margin: 1.4rem 0 0.4rem }
    p { margin: 0 0 0.8rem; max-width: 46em }
    li { overflow-wrap: anywhere }
    a { color: inherit }
    a:focus-visible, pre:focus-visible, summary:focus-visible, button:focus-visible {
      outline: 2px solid var(--t1); outline-offset: 2px
    }
    code, pre { font-family: var(--mono); font-size: 0.875em }
    h1.long { font-size: clamp(1.25rem, 1.05rem + 1vw, 1.75rem); line-height: 1.25; max-width: 46em }
    .quiet, .axis, figcaption p { color: var(--quiet); font-size: 0.9rem }
    section { margin-top: 2.6rem; padding-top: 1.5rem; border-top: 1px solid var(--hair) }

    header { padding-top: clamp(1.4rem, 4vw, 3rem) }
    .kind { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; align-items: baseline; margin: 0;
      color: var(--quiet); font-size: 0.9rem; max-width: none }
    .kind strong { color: var(--bad); font-weight: 650 }
    .bug code { background: var(--wash); border-radius: 4px; padding: 0.1em 0.35em }
    .sizes { display: flex; flex-wrap: wrap; gap: 0.9rem 2.6rem; margin: 1.3rem 0 0.9rem }
    .sizes dt { color: var(--quiet); font-size: 0.85rem }
    .sizes dd { margin: 0; font-size: 1.5rem; line-height: 1.2; white-space: nowrap }
    .sizes b { font-weight: 650 }
    .sizes s, .sizes .to { color: var(--quiet); font-size: 1.05rem; text-decoration: none }
    .sizes .to { padding: 0 0.4rem }

    ol { list-style: none; margin: 0; padding: 0 }
    .timeline { border: 1px solid var(--hair); border-radius: 8px; background: var(--sheet); overflow: hidden }
    .op { display: grid; grid-template-columns: minmax(15rem, 22rem) 1fr; position: relative; min-height: 3.3rem }
    .op + .op { border-top: 1px solid var(--hair) }
    .op .what { padding: 0.45rem 0.9rem; min-width: 0; align-self: center; line-height: 1.35 }
    .op .what b { display: inline-block; min-width: 1.9em; margin-right: 0.35em; color: var(--quiet); font-weight: 600 }
    .op .request, .op .answer { font-family: var(--mono); font-size: 0.875rem }
    .op .answer { color: var(--quiet); margin-left: 0.7em }
    .op .when { display: block; color: var(--quiet); font-size: 0.8rem; padding-left: 2.8em }
    .op .bar { display: block; align-self: stretch; height: 100%; min-height: 2.2rem; overflow: hidden; position: absolute; inset: 0 }
    .op .lane-of { position: relative; min-height: 2.2rem }
    .op .bar rect { fill: var(--cut) }
    .op .plumb { stroke: var(--bad); stroke-width: 1; stroke-dasharray: 2 4; opacity: 0.75 }
    .op.unknown .bar rect { fill: none; stroke: var(--cut); stroke-width: 1.5; stroke-dasharray: 5 4 }
    .op.failed .bar rect { fill: none; stroke: var(--cut); stroke-width: 1.5 }
    .op.possible .bar rect { fill: var(--sheet); stroke: var(--hair); stroke-width: 1 }
    .op.possible .bar text { fill: var(--quiet); font-family: var(--mono); font-size: 0.75rem }
    .op .sequence { display: none; grid-column: 1 / -1; margin: 0; padding: 0 0.9rem 0.6rem; max-width: none;
      color: var(--quiet); font-family: var(--mono); font-size: 0.75rem; overflow-wrap: anywhere }
    .op.listed .sequence { display: block }
    .op.culprit { background: var(--bad-wash) }
    .op.culprit .bar rect { fill: var(--bad) }
    .op.culprit .answer { color: var(--bad); font-weight: 700 }
    .cross { fill: none; stroke: var(--bad); stroke-width: 2; stroke-linecap: round }
    .op .remark { grid-column: 1 / -1; margin: 0; padding: 0 0.9rem 0.6rem 3.2rem; color: var(--bad); max-width: none;
      font-weight: 550 }
    .axis { margin: 0.5rem 0 0; font-size: 0.8rem }
    .argument { counter-reset: step; max-width: 46em }
    .argument li { counter-increment: step; display: grid; grid-template-columns: 1.9rem 1fr; padding: 0.18rem 0 }
    .argument li::before { content: counter(step) "."; color: var(--quiet) }

    .sides { display: grid; gap: 1.6rem 2rem; grid-template-columns: minmax(0, 1fr) }
    .narrative { max-width: 46em; min-width: 0 }
    h3 small { font-weight: 400; color: var(--quiet) }
    .line { display: grid; grid-template-columns: 2.1rem 5rem minmax(0, 1fr); align-items: baseline; line-height: 1.4;
      padding: 0.3rem 0.4rem; margin: 0 -0.4rem; border-radius: 6px }
    .line .when { color: var(--quiet); font-size: 0.83rem; white-space: nowrap }
    .line .who { border-bottom: 3px solid var(--term, var(--hair)); font-weight: 650 }
    .line small { display: block; color: var(--quiet); font-size: 0.8rem }
    .number { display: inline-block; min-width: 1.5em; padding: 0 0.3em; border-radius: 0.8em; background: var(--ink);
      color: var(--paper); font: 600 11px/1.5em var(--sans); text-align: center; text-decoration: none;
      font-variant-numeric: tabular-nums; justify-self: start }
    a.number:hover { background: var(--t1) }
    .line, .number { scroll-margin-block: 4rem }
    .line:target, .line.lit, .line:has(.number:focus-visible) { background: var(--lit) }
    .number:target, .number.lit, .drawing .number:focus-visible { background: var(--bad); outline: 4px solid var(--lit) }

    .spacetime { margin: 0; min-width: 0; display: grid; grid-template-columns: 4rem minmax(0, 1fr);
      background: var(--sheet); border: 1px solid var(--hair); border-radius: 8px }
    .names { grid-column: 2; position: sticky; top: 0; height: 2.3rem; z-index: 3 }
    .names::after { content: ""; position: absolute; z-index: -1; inset: 0 0 0 -4rem; background: var(--sheet);
      border-bottom: 1px solid var(--hair); border-radius: 8px 8px 0 0 }
    .names b { position: absolute; top: 0; line-height: 2.3rem; transform: translateX(-50%) }
    .names::before { content: "s"; position: absolute; left: -4rem; width: 3rem; text-align: right; color: var(--quiet);
      font-size: 0.75rem; line-height: 2.3rem }
    .time { grid-column: 1; position: relative; font-size: 11px; color: var(--quiet); line-height: 14px }
    .time span { position: absolute; right: 0.6rem; transform: translateY(-50%); white-space: nowrap }
    .drawing { position: relative; grid-column: 2; min-width: 0 }
    .drawing > svg { display: block; position: absolute; inset: 0 }
    .lane { fill: var(--term, var(--cut)) }
    .lane.candidate, .lane.pre-candidate { fill: var(--sheet); stroke: var(--term); stroke-width: 2;
      stroke-dasharray: 5 3 }
    .lane.pre-candidate { stroke-dasharray: 2 2 }
    .lane.down { stroke: var(--cut); stroke-width: 4; stroke-dasharray: 5 6 }
    .lane.absent { stroke: var(--cut); stroke-width: 1; stroke-dasharray: 1 5 }
    .lane.paused { fill: var(--sheet); stroke: var(--cut); stroke-width: 1.5 }
    .lane.operation { fill: var(--cut) }
    .lane.culprit { fill: var(--bad) }
    .cut-ground { fill: var(--cut); opacity: 0.07 }
    .cut-line { fill: var(--cut); opacity: 0.3 }
    .arrow line { stroke: var(--arrow); stroke-width: 1 }
    .arrow .hit { stroke: transparent; stroke-width: 11 }
    .arrow.story line:not(.hit) { stroke: var(--ink); stroke-width: 1.5 }
    .arrow.under-way line { stroke-dasharray: 3 4 }
    .arrow:hover line:not(.hit) { stroke: var(--t1); stroke-width: 2 }
    .arrow .cross { stroke: var(--cut); stroke-width: 1.6 }
    .arrow.story .cross { stroke: var(--bad); stroke-width: 2 }
    .head, .head-client { fill: var(--arrow) }
    .head-story { fill: var(--ink) }
    .label, .note, .banner, .failure { position: absolute; transform: translate(-50%, -50%); white-space: nowrap;
      overflow: hidden; text-overflow: ellipsis; margin: 0; line-height: 16px; font-size: 11px }
    .label { display: flex; gap: 3px; color: var(--quiet); background: var(--sheet); padding: 0 4px; border-radius: 3px }
    .label.story { color: var(--ink) }
    .lost { color: var(--bad); font-weight: 700 }
    .note { display: flex; gap: 3px; align-items: center; padding: 1px 5px; border-radius: 10px; background: var(--sheet);
      border: 1px solid var(--hair); color: var(--quiet); overflow: visible }
    /* Its row keeps clear of all up to the lanes beside it, but for notes of the same event. */
    .note { max-width: calc(var(--lane) * 1.9 - 6px) }
    .note.last { max-width: calc(var(--lane) * 1.3) }
    .note.first, .note.crowd { max-width: calc(var(--lane) - 4px) }
    /* Long words on the lanes at the edges reach farther to the inside. */
    .note.first.long { transform: translate(-30%, -50%); max-width: calc(var(--lane) * 1.36) }
    .note.last.long { transform: translate(-65%, -50%); max-width: calc(var(--lane) * 1.46) }
    .note.crowd.long { transform: translate(-50%, -50%); max-width: calc(var(--lane) - 4px) }
    @media (max-width: 52rem) {
      .note.first:has(.words):not(.crowd) { transform: translate(-30%, -50%); max-width: calc(var(--lane) * 1.36) }
      .note.last:has(.words):not(.crowd) { transform: translate(-65%, -50%); max-width: calc(var(--lane) * 1.46) }
    }
    .words { overflow: hidden; text-overflow: ellipsis; min-width: 0 }
    .label.bare { display: none }
    .note.bare { min-width: 8px; min-height: 8px; gap: 0 }
    .note.bare .words { display: none }
    .note.story { border-color: var(--term, var(--cut)); color: var(--ink); padding-left: 2px; z-index: 1 }
    .note .number, .banner .number { flex: none }
    .note.bad { border-color: var(--bad); border-width: 2px }
    .banner, .failure { white-space: normal; overflow: visible }
    .banner { left: 0; right: 0; transform: translateY(-50%); text-align: center; background: var(--wash);
      color: var(--ink); padding: 1px 8px; border-block: 1px solid var(--hair); display: flex; gap: 6px;
      justify-content: center; align-items: center; z-index: 1 }
    .banner.end { color: var(--quiet); background: var(--sheet); border-block-style: dashed }
    .failure { left: 0; right: 0; transform: translateY(-50%); text-align: center; max-width: none; color: var(--bad);
      background: var(--bad-wash); border-block: 2px solid var(--bad); font-size: 12px; font-weight: 650;
      padding: 2px 8px; z-index: 1 }
    figcaption { grid-column: 1 / -1; border-top: 1px solid var(--hair); padding: 0.7rem 0.9rem }
    figcaption p { margin: 0.4rem 0 0; font-size: 0.8rem; max-width: none }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0; padding: 0;
      font-size: 0.8rem; color: var(--quiet) }
    .legend + .legend { margin-top: 0.3rem }
    .swatch { width: 0.8rem; height: 0.8rem; border-radius: 3px; background: var(--term) }
    .legend li { display: flex; gap: 0.4rem; align-items: center }

    .scroll { overflow-x: auto }
    table { border-collapse: collapse; font-size: 0.95rem }
    td { overflow-wrap: anywhere }
    th, td { text-align: left; vertical-align: baseline; padding: 0.35rem 2rem 0.35rem 0;
      border-bottom: 1px solid var(--hair) }
    th { font-size: 0.8rem; font-weight: 600; color: var(--quiet) }
    .copy { position: relative; margin-bottom: 0.9rem }
    pre { margin: 0; padding: 0.8rem 1rem; overflow: auto; max-height: 28rem; background: var(--sheet);
      border: 1px solid var(--hair); border-radius: 8px }
    .copy pre { white-space: pre-wrap; overflow-wrap: anywhere; padding-right: 6rem }
    summary { cursor: pointer; padding: 0.3rem 0 }
    .copy button { position: absolute; right: 0.5rem; bottom: 0.5rem; font: 600 0.8rem/1 var(--sans); color: var(--ink);
      background: var(--wash); border: 1px solid var(--hair); border-radius: 6px; padding: 0.45rem 0.7rem;
      cursor: pointer }
    footer { margin-top: 3rem; padding-bottom: 2rem; color: var(--quiet); font-size: 0.85rem }

    @media (min-width: 62rem) {
      .sides { grid-template-columns: minmax(18rem, 23rem) minmax(0, 1fr); align-items: start }
      .sides > .narrative { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto;
        padding-left: 0.4rem }
    }
    @media (max-width: 40rem) {
      .op { grid-template-columns: minmax(0, 1fr) }
      .op .what { padding-bottom: 0 }
      .op .lane-of { margin: 0 0.9rem }
      .op .remark { padding-left: 0.9rem }
      .op.possible .bar text { display: none }
      .op.possible .sequence { display: block }
      .sizes { gap: 0.7rem 1.15rem }
      .sizes dt { font-size: 0.8rem }
      .sizes dd { font-size: 1.2rem }
      .sizes s, .sizes .to { font-size: 0.9rem }
      .sizes .to { padding: 0 0.25rem }
      .spacetime { margin-inline: -0.6rem; grid-template-columns: 3.3rem minmax(0, 1fr) }
      .names b { font-size: 0.8rem }
      th, td { padding-right: 0.8rem }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.6rem 0.7rem }
      .names::after { left: -3.3rem }
      .names::before { left: -3.3rem; width: 2.95rem }
      .time span { right: 0.35rem; font-size: 10px }
      .label { font-size: 10px; padding: 0 2px }
      .note { font-size: 10px; padding-inline: 3px }
      .line { grid-template-columns: 1.9rem minmax(0, 1fr) }
      .line .when { grid-column: 2 }
      .line .told { grid-column: 2 }
    }
    @media print {
      :root { --paper: #fff; --sheet: #fff }
      body { font-size: 11pt }
      .sides { display: block }
      .narrative { position: static !important; max-height: none !important; overflow: visible !important;
        margin-bottom: 1.5rem }
      .names { position: relative }
      .line, .op, tr { break-inside: avoid }
      .copy button { display: none }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
    }
    """
}
