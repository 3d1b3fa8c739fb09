import Determinism

/// Events in the order of their time; of events at one instant, the one scheduled first comes first.
///
/// The heap holds keys of 16 bytes, the events stay where they are in a slab. Alarms, which are set anew far more often
/// than they go off, stand beside it, so that a setting that was replaced leaves nothing behind.
///
/// Whatever moves a key is `mutating`, though it changes no field: else it would be handed a copy of all of them.
struct EventQueue<Event>: ~Copyable {
  /// Time, order and slot in one number, the time on top: a comparison is two instructions and no branch.
  private struct Key {
    private let word: Int128

    @inline(__always)
    init(time: Int64, order: UInt32, slot: UInt32) {
      word = Int128(time) << 64 | Int128(UInt64(order) << 32 | UInt64(slot))
    }

    var time: Int64 { Int64(truncatingIfNeeded: word >> 64) }
    var order: UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
    var slot: UInt32 { UInt32(truncatingIfNeeded: word) }

    func precedes(_ other: Key) -> Bool { word < other.word }

    /// Of a slot that is free: no event's precedes it.
    static func free(_ slot: UInt32) -> Key { Key(time: .max, order: .max, slot: slot) }
  }

  /// The heap's keys, and behind them those of the slots that are free, and some more: all children of a key can be looked
  /// at, whether they are there or not.
  private var keys: UnsafeMutablePointer<Key>
  private var slab: UnsafeMutablePointer<Event>
  private var capacity = 64
  /// How many events are scheduled: so many keys are in the heap.
  private var count = 0
  /// Where the event stood that was taken out last; `nil` if it was an alarm.
  private(set) var lastSlot: Int?
  /// What happens when an alarm goes off.
  private let alarmEvents: [Event]
  /// When alarms go off: a tournament. The second half holds them one by one; each place before it holds the earlier of
  /// those at twice the place and right behind, and so place 1 the first of all.
  private let alarms: UnsafeMutablePointer<Key>
  private let alarmCount: Int
  /// A scenario's limit of events keeps it far below its end.
  private var scheduled: UInt32 = 0

  /// - Parameter alarmEvents: what happens when an alarm goes off; each is set by its place here.
  init(alarms alarmEvents: [Event] = []) {
    self.alarmEvents = alarmEvents
    alarmCount = max(1, alarmEvents.count)
    alarms = .allocate(capacity: 2 * alarmCount)
    for place in 0..<2 * alarmCount {
      (alarms + place).initialize(to: Key(time: .max, order: 0, slot: UInt32(place % alarmCount)))
    }
    keys = .allocate(capacity: capacity + Self.width)
    slab = .allocate(capacity: capacity)
    for slot in 0..<capacity + Self.width { (keys + slot).initialize(to: .free(UInt32(slot))) }
  }

  deinit {
    for place in 0..<count { (slab + Int(keys[place].slot)).deinitialize(count: 1) }
    slab.deallocate()
    keys.deallocate()
    alarms.deallocate()
  }

  /// Whether nothing will happen any more.
  var isEmpty: Bool { count == 0 && alarms[1].time == .max }

  /// The events that will happen, alarms aside, in no order.
  var scheduledEvents: [Event] { (0..<count).map { slab[Int(keys[$0].slot)] } }

  /// Lets an alarm go off at an instant, and at no other; at none, if there is none.
  ///
  /// - Complexity: O(log n) in the alarms.
  mutating func setAlarm(_ alarm: Int, at instant: VirtualInstant?) {
    precondition(alarm >= 0 && alarm < alarmCount, "there are \(alarmCount) alarms, and none with the number \(alarm)")
    set(Key(time: instant?.nanoseconds ?? .max, order: scheduled, slot: UInt32(alarm)))
    scheduled += 1
  }

  private mutating func set(_ alarm: Key) {
    var place = alarmCount + Int(alarm.slot)
    alarms[place] = alarm
    while place > 1 {
      place /= 2
      let (one, other) = (alarms[2 * place], alarms[2 * place + 1])
      let earlier = other.precedes(one) ? other : one
      // Where another alarm stays ahead of this one, all that is above stays as it is.
      if earlier.slot != alarm.slot, alarms[place].slot == earlier.slot { break }
      alarms[place] = earlier
    }
  }

  /// Lets an event happen at an instant.
  ///
  /// - Returns: where it stands until it happens.
  /// - Complexity: O(log n).
  @discardableResult
  mutating func schedule(_ event: consuming Event, at instant: VirtualInstant) -> Int {
    if count == capacity { grow() }
    let slot = keys[count].slot
    (slab + Int(slot)).initialize(to: event)
    siftUp(Key(time: instant.nanoseconds, order: scheduled, slot: slot), from: count)
    scheduled += 1
    count += 1
    return Int(slot)
  }

  private mutating func grow() {
    let larger = (
      keys: UnsafeMutablePointer<Key>.allocate(capacity: 2 * capacity + Self.width),
      slab: UnsafeMutablePointer<Event>.allocate(capacity: 2 * capacity)
    )
    larger.keys.moveInitialize(from: keys, count: capacity)
    larger.slab.moveInitialize(from: slab, count: capacity)
    for slot in capacity..<2 * capacity + Self.width { (larger.keys + slot).initialize(to: .free(UInt32(slot))) }
    keys.deallocate()
    slab.deallocate()
    (keys, slab, capacity) = (larger.keys, larger.slab, 2 * capacity)
  }

  /// Takes out the next event. - Complexity: O(log n).
  mutating func next() -> (instant: VirtualInstant, event: Event)? {
    let alarm = alarms[1]
    if alarm.time < .max, count == 0 || alarm.precedes(keys[0]) {
      set(Key(time: .max, order: alarm.order, slot: alarm.slot))
      lastSlot = nil
      return (VirtualInstant(nanoseconds: alarm.time), alarmEvents[Int(alarm.slot)])
    }
    guard count > 0 else { return nil }
    let first = keys[0]
    count -= 1
    let last = keys[count]
    keys[count] = .free(first.slot)
    if count > 0 { siftDown(last) }
    lastSlot = Int(first.slot)
    return (VirtualInstant(nanoseconds: first.time), (slab + Int(first.slot)).move())
  }

  /// Takes out the events of a kind that would happen after an instant.
  ///
  /// - Returns: how many.
  /// - Complexity: O(n log n).
  mutating func removeAll(after instant: VirtualInstant, where isUnwanted: (Event) -> Bool) -> Int {
    let before = count
    var kept: [Key] = []
    var removed: [Key] = []
    for place in 0..<before {
      let (key, event) = (keys[place], slab + Int(keys[place].slot))
      if key.time > instant.nanoseconds, isUnwanted(event.pointee) {
        event.deinitialize(count: 1)
        removed.append(key)
      } else {
        kept.append(key)
      }
    }
    count = 0
    for key in kept {
      siftUp(key, from: count)
      count += 1
    }
    for (place, key) in removed.enumerated() { keys[count + place] = .free(key.slot) }
    return removed.count
  }

  /// Four children each: the way down, which every event takes, is half as long. It shows in event hashes, for `removeAll`
  /// asks in the order of the heap.
  private static var width: Int { 4 }

  private mutating func siftUp(_ moving: Key, from start: Int) {
    var child = start
    while child > 0 {
      let parent = (child &- 1) / Self.width
      guard moving.precedes(keys[parent]) else { break }
      keys[child] = keys[parent]
      child = parent
    }
    keys[child] = moving
  }

  /// Puts what was the last in the place of the first. It mostly ends near the bottom: it is not compared on its way there.
  private mutating func siftDown(_ moving: Key) {
    var parent = 0
    while true {
      let first = Self.width &* parent &+ 1
      guard first < count else { break }
      let child = earliestChild(from: first)
      keys[parent] = keys[child]
      parent = child
    }
    siftUp(moving, from: parent)
  }

  /// The place of the earliest of the children of one key, of which the first stands at a place. All four are compared two
  /// by two: what is not there comes last.
  private func earliestChild(from first: Int) -> Int {
    let children = keys + first
    let one = children[1].precedes(children[0]) ? 1 : 0
    let other = children[3].precedes(children[2]) ? 3 : 2
    return first &+ (children[other].precedes(children[one]) ? other : one)
  }
}
