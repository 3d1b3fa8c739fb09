import Determinism

/// Events in the order of their time; of events at one instant, the one scheduled first comes first.
///
/// The heap holds keys of 16 bytes, the events stay where they are in a slab. Alarms, which are set anew far more often
/// than they go off, stand beside it, so that a setting that was replaced leaves nothing behind.
struct EventQueue<Event> {
  /// Time, order and slot in one number, the time on top: a comparison is two instructions and no branch.
  private struct Key {
    private let word: Int128

    init(time: Int64, order: UInt32, slot: UInt32) {
      word = Int128(time) << 64 | Int128(UInt64(order) << 32 | UInt64(slot))
    }

    var time: Int64 { Int64(truncatingIfNeeded: word >> 64) }
    var order: UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
    var slot: UInt32 { UInt32(truncatingIfNeeded: word) }

    func precedes(_ other: Key) -> Bool { word < other.word }
  }

  private var heap: [Key] = []
  private var slab: [Event?] = []
  private var freeSlots: [UInt32] = []
  /// Where the event stood that was taken out last; `nil` if it was an alarm.
  private(set) var lastSlot: Int?
  /// What happens when an alarm goes off.
  private let alarmEvents: [Event]
  /// When alarms go off: a tournament. The second half holds them one by one; each place before it holds the earlier of
  /// those at twice the place and right behind, and so place 1 the first of all.
  private var alarms: [Key]
  /// A scenario's limit of events keeps it far below its end.
  private var scheduled: UInt32 = 0

  /// - Parameter alarmEvents: what happens when an alarm goes off; each is set by its place here.
  init(alarms alarmEvents: [Event] = []) {
    self.alarmEvents = alarmEvents
    let count = max(1, alarmEvents.count)
    alarms = (0..<2 * count).map { Key(time: .max, order: 0, slot: UInt32($0 % count)) }
  }

  /// Whether nothing will happen any more.
  var isEmpty: Bool { heap.isEmpty && alarms[1].time == .max }

  /// The events that will happen, alarms aside, in no order.
  var scheduledEvents: some Sequence<Event> { slab.lazy.compactMap(\.self) }

  /// Lets an alarm go off at an instant, and at no other; at none, if there is none.
  ///
  /// - Complexity: O(log n) in the alarms.
  mutating func setAlarm(_ alarm: Int, at instant: VirtualInstant?) {
    set(Key(time: instant?.nanoseconds ?? .max, order: scheduled, slot: UInt32(alarm)))
    scheduled += 1
  }

  private mutating func set(_ alarm: Key) {
    var place = alarms.count / 2 + Int(alarm.slot)
    alarms[place] = alarm
    alarms.withUnsafeMutableBufferPointer { alarms in
      while place > 1 {
        place /= 2
        let (one, other) = (alarms[2 * place], alarms[2 * place + 1])
        let earlier = other.precedes(one) ? other : one
        // Where another alarm stays ahead of this one, all that is above stays as it is.
        if earlier.slot != alarm.slot, alarms[place].slot == earlier.slot { break }
        alarms[place] = earlier
      }
    }
  }

  /// Lets an event happen at an instant.
  ///
  /// - Returns: where it stands until it happens.
  /// - Complexity: O(log n).
  @discardableResult
  mutating func schedule(_ event: consuming Event, at instant: VirtualInstant) -> Int {
    let slot: UInt32
    if let free = freeSlots.last {
      freeSlots.removeLast()
      slot = free
      slab[Int(slot)] = event
    } else {
      slot = UInt32(slab.count)
      slab.append(event)
    }
    heap.append(Key(time: instant.nanoseconds, order: scheduled, slot: slot))
    scheduled += 1
    siftUp(from: heap.count - 1)
    return Int(slot)
  }

  /// Takes out the next event. - Complexity: O(log n).
  mutating func next() -> (instant: VirtualInstant, event: Event)? {
    let alarm = alarms[1]
    if alarm.time < .max, heap.first.map(alarm.precedes) ?? true {
      set(Key(time: .max, order: alarm.order, slot: alarm.slot))
      lastSlot = nil
      return (VirtualInstant(nanoseconds: alarm.time), alarmEvents[Int(alarm.slot)])
    }
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty { siftDown(last) }
    guard let event = slab[Int(first.slot)].take() else { return nil }
    freeSlots.append(first.slot)
    lastSlot = Int(first.slot)
    return (VirtualInstant(nanoseconds: first.time), event)
  }

  /// Takes out the events of a kind that would happen after an instant.
  ///
  /// - Returns: how many.
  /// - Complexity: O(n log n).
  mutating func removeAll(after instant: VirtualInstant, where isUnwanted: (Event) -> Bool) -> Int {
    let keys = heap
    heap.removeAll(keepingCapacity: true)
    for key in keys {
      if key.time > instant.nanoseconds, let event = slab[Int(key.slot)], isUnwanted(event) {
        slab[Int(key.slot)] = nil
        freeSlots.append(key.slot)
      } else {
        heap.append(key)
        siftUp(from: heap.count - 1)
      }
    }
    return keys.count - heap.count
  }

  /// Four children each: the way down, which every event takes, is half as long. It shows in event hashes, for `removeAll`
  /// asks in the order of the heap.
  private static var width: Int { 4 }

  private mutating func siftUp(from start: Int) {
    heap.withUnsafeMutableBufferPointer { Self.siftUp($0[start], from: start, in: $0) }
  }

  private static func siftUp(_ moving: Key, from start: Int, in heap: UnsafeMutableBufferPointer<Key>) {
    var child = start
    while child > 0 {
      let parent = (child &- 1) / width
      guard moving.precedes(heap[parent]) else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = moving
  }

  /// Puts what was the last in the place of the first. It mostly ends near the bottom: it is not compared on its way there.
  private mutating func siftDown(_ moving: Key) {
    heap.withUnsafeMutableBufferPointer { heap in
      var parent = 0
      while true {
        var child = Self.width &* parent &+ 1
        guard child < heap.count else { break }
        var earliest = heap[child]
        for other in child &+ 1..<min(child &+ Self.width, heap.count) where heap[other].precedes(earliest) {
          (child, earliest) = (other, heap[other])
        }
        heap[parent] = earliest
        parent = child
      }
      Self.siftUp(moving, from: parent, in: heap)
    }
  }
}
