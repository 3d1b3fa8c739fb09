import Determinism

/// What a trial brought to light: each is a mistake of the program.
package enum HostileFault: Hashable, Sendable {
  /// It trapped, ran over its stack, or was refused memory that it did not ask for well.
  case died(signal: Int32)
  /// An exit code that has no place here: an internal error, or one that belongs to another ending.
  case exited(Int32)
  /// It took longer than it was told, or than it may after Ctrl-C.
  case tookLonger(than: Duration)
  /// It held more memory than it was told.
  case heldMore(than: Int)
  /// It printed nothing and was not well.
  case silent
  /// What no terminal should get: the scalar, or `nil` where it was no UTF-8.
  case printedRaw(Unicode.Scalar?)
  /// More than anybody reads.
  case printedMuch
  /// `--json` was asked for, and something else came.
  case notJSON
  /// The files that it left do not read, or do not belong together.
  case left(String)

  /// What is the same for all faults of this kind.
  package var name: String {
    switch self {
    case .died(let signal): "died by signal \(signal)"
    case .exited(let code): "exit code \(code)"
    case .tookLonger: "took longer than it may"
    case .heldMore(let limit): "held more than \(limit >> 20) MiB"
    case .silent: "printed nothing"
    case .printedRaw(let scalar?): "printed U+\(Self.hexadecimal(scalar)) as it is"
    case .printedRaw(nil): "printed what is no UTF-8"
    case .printedMuch: "printed more than \(HostileTrial.printingLimit >> 20) MiB"
    case .notJSON: "printed no JSON"
    case .left: "left files that do not read or do not belong together"
    }
  }

  /// What is particular to this one.
  package var detail: String? { if case .left(let problem) = self { problem } else { nil } }

  /// Whether it may come of a busy machine, so that it counts only when it comes again.
  package var mayPass: Bool { if case .tookLonger = self { true } else { false } }

  private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension HostileTrial {
  /// For what people read; not for what goes to a file or to a program.
  static let printingLimit = 1 << 20

  /// When it is ended, whatever it does.
  package var patience: Duration { time + time }

  /// The worst that its end shows; `nil` if it ended as it should.
  package func fault(in end: LimitedProcess.End) -> HostileFault? {
    switch end.way {
    case _ where end.wasEnded: return .tookLonger(than: time)
    case .died(let signal) where !interrupts.contains { $0.signal == signal }: return .died(signal: signal)
    case .exited(let code) where !codes.contains(code): return .exited(code)
    default: break
    }
    if end.time > time + time / Self.tolerance {
      return .tookLonger(than: time)
    }
    if let memory, end.peakBytes > memory + memory / Int(Self.tolerance) {
      return .heldMore(than: memory)
    }
    return faultOfPrinted(in: end)
  }

  private func faultOfPrinted(in end: LimitedProcess.End) -> HostileFault? {
    if let fault = Self.rawScalar(in: end.errors) { return fault }
    guard case .exited(let code) = end.way else { return nil }
    let isInterrupted = code == 130
    if end.printedBytes == 0 {
      let writesFile = command == "convert" || words.contains(Array("--html".utf8))
      let mayBeSilent = isInterrupted || code == 0 && (writesFile || !isText)
      return mayBeSilent || kind == .commands && code == 0 ? nil : .silent
    }
    switch printed {
    case .content: return nil
    case .text:
      if end.printedBytes > Self.printingLimit, !isStepping { return .printedMuch }
      return Self.rawScalar(in: end.output)
    case .json, .jsonLines:
      let lines = end.output.split(separator: 0x0A)
      let isCut = end.printedBytes > end.output.count + end.errors.count
      // A limit may be reached before there is anything to say.
      let isWanted = [0, 1].contains(code) ? !lines.isEmpty : true
      let isSingle = printed == .jsonLines || lines.count <= 1
      guard isWanted, isSingle, isCut || lines.allSatisfy({ JSONPlaces(Array($0)) != nil }) else { return .notJSON }
      return Self.rawScalar(in: end.output)
    }
  }

  private var isText: Bool { if case .text = printed { true } else { false } }

  /// Whether each event of a run is told, of which there may be many.
  private var isStepping: Bool { words.contains(Array("--step".utf8)) }

  /// Something that makes a terminal do what nobody asked for.
  private static func rawScalar(in bytes: [UInt8]) -> HostileFault? {
    // Nothing but printable ASCII and line feeds, as mostly.
    if bytes.allSatisfy({ $0 == 0x0A || (0x20...0x7E).contains($0) }) { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else { return .printedRaw(nil) }
    let raw = text.unicodeScalars.first { scalar in
      guard scalar != "\n" else { return false }
      return switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
      default: false
      }
    }
    return raw.map { .printedRaw($0) }
  }
}
