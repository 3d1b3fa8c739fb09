import Determinism

/// Events in the order of their time; of events at one instant, the one scheduled first comes first.
///
/// The heap holds keys of 16 bytes, the events stay where they are in a slab. Alarms, which are set anew far more often
/// than they go off, stand beside it, so that a setting that was replaced leaves nothing behind.
struct EventQueue<Event> {
  private struct Key {
    var time: Int64
    var order: UInt32
    var slot: UInt32

    func precedes(_ other: Key) -> Bool {
      time != other.time ? time < other.time : order < other.order
    }
  }

  private var heap: [Key] = []
  private var slab: [Event?] = []
  private var freeSlots: [UInt32] = []
  /// Where the event stood that was taken out last; `nil` if it was an alarm.
  private(set) var lastSlot: Int?
  /// By alarm: when it goes off, and what happens then.
  private var alarms: [Key] = []
  private let alarmEvents: [Event]
  /// The alarm that goes off first, if that is known.
  private var firstAlarm: Int?
  /// A scenario's limit of events keeps it far below its end.
  private var scheduled: UInt32 = 0

  /// - Parameter alarmEvents: what happens when an alarm goes off; each is set by its place here.
  init(alarms alarmEvents: [Event] = []) {
    self.alarmEvents = alarmEvents
    alarms = alarmEvents.indices.map { Key(time: .max, order: 0, slot: UInt32($0)) }
  }

  /// Whether nothing will happen any more.
  var isEmpty: Bool { heap.isEmpty && alarms.allSatisfy { $0.time == .max } }

  /// The events that will happen, alarms aside, in no order.
  var scheduledEvents: some Sequence<Event> { slab.lazy.compactMap(\.self) }

  /// Lets an alarm go off at an instant, and at no other; at none, if there is none.
  mutating func setAlarm(_ alarm: Int, at instant: VirtualInstant?) {
    alarms[alarm].time = instant?.nanoseconds ?? .max
    alarms[alarm].order = scheduled
    scheduled += 1
    guard let first = firstAlarm else { return }
    // Who comes first when the first one moves away shows only when somebody asks.
    firstAlarm = alarm == first ? nil : alarms[alarm].precedes(alarms[first]) ? alarm : first
  }

  /// - Complexity: O(1), or O(n) in the alarms once the first one has moved.
  private mutating func findFirstAlarm() -> Key? {
    if firstAlarm == nil, !alarms.isEmpty {
      firstAlarm = alarms.withUnsafeBufferPointer { alarms in
        var first = 0
        for alarm in 1..<alarms.count where alarms[alarm].precedes(alarms[first]) { first = alarm }
        return first
      }
    }
    return firstAlarm.map { alarms[$0] }
  }

  /// Lets an event happen at an instant.
  ///
  /// - Returns: where it stands until it happens.
  /// - Complexity: O(log n).
  @discardableResult
  mutating func schedule(_ event: Event, at instant: VirtualInstant) -> Int {
    let slot: UInt32
    if let free = freeSlots.popLast() {
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

  /// Takes out the next event. - Complexity: O(log n), and O(n) in the alarms.
  mutating func next() -> (instant: VirtualInstant, event: Event)? {
    if let alarm = findFirstAlarm(), alarm.time < .max, heap.first.map(alarm.precedes) ?? true {
      alarms[Int(alarm.slot)].time = .max
      firstAlarm = nil
      lastSlot = nil
      return (VirtualInstant(nanoseconds: alarm.time), alarmEvents[Int(alarm.slot)])
    }
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      siftDown()
    }
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

  /// Four children each: the way down, which every event takes, is half as long.
  private static var width: Int { 4 }

  private mutating func siftUp(from start: Int) {
    heap.withUnsafeMutableBufferPointer { heap in
      let moving = heap[start]
      var child = start
      while child > 0 {
        let parent = (child - 1) / Self.width
        guard moving.precedes(heap[parent]) else { break }
        heap[child] = heap[parent]
        child = parent
      }
      heap[child] = moving
    }
  }

  private mutating func siftDown() {
    heap.withUnsafeMutableBufferPointer { heap in
      let moving = heap[0]
      var parent = 0
      while true {
        let first = Self.width * parent + 1
        guard first < heap.count else { break }
        var child = first
        for other in first + 1..<max(first + 1, min(first + Self.width, heap.count))
        where heap[other].precedes(heap[child]) { child = other }
        guard heap[child].precedes(moving) else { break }
        heap[parent] = heap[child]
        parent = child
      }
      heap[parent] = moving
    }
  }
}
