@testable import Replica

/// A disk of which every state that a crash can leave can be had: of each file a prefix of what was not synced, the last
/// write possibly filled up with zeros, or all but a beginning or one write of it, which reads as zeros; and a prefix of
/// the changes of names. Kept apart from the simulator's on purpose.
struct CrashingDisk {
  private enum Write {
    case append([UInt8])
    case truncate(Int)
  }

  private struct File {
    var durable: [UInt8] = []
    var writes: [Write] = []

    /// The bytes once the first writes are done, and some bytes of the next, which is an append.
    func content(writes count: Int, bytes: Int = 0, fillsUp: Bool = false) -> [UInt8] {
      var content = durable
      for write in writes.prefix(count) {
        switch write {
        case .append(let bytes): content += bytes
        case .truncate(let length): content.removeSubrange(min(length, content.count)...)
        }
      }
      if bytes > 0, case .append(let next) = writes[count] {
        content += next.prefix(bytes)
        if fillsUp { content += [UInt8](repeating: 0, count: next.count - bytes) }
      }
      return content
    }

    /// Everything that a crash may leave of it.
    var remains: [[UInt8]] {
      var remains = [durable]
      for (place, write) in writes.enumerated() {
        if case .append(let bytes) = write {
          for kept in stride(from: 1, to: bytes.count, by: 1) {
            remains.append(content(writes: place, bytes: kept))
            remains.append(content(writes: place, bytes: kept, fillsUp: true))
          }
        }
        remains.append(content(writes: place + 1))
      }
      return remains + holes
    }

    /// What is left where pages of later writes have reached the disk and those of earlier ones have not.
    private var holes: [[UInt8]] {
      let settled = (writes.lastIndex { if case .truncate = $0 { true } else { false } } ?? -1) + 1
      let base = content(writes: settled).count
      let whole = content(writes: writes.count)
      var holes: [[UInt8]] = []
      func lose(_ range: Range<Int>) {
        var left = whole
        for place in range { left[place] = 0 }
        holes.append(left)
      }
      for end in stride(from: base + 1, to: whole.count, by: 1) { lose(base..<end) }
      var start = base
      for write in writes[settled...] {
        guard case .append(let bytes) = write else { continue }
        lose(start..<start + bytes.count)
        start += bytes.count
      }
      return holes
    }
  }

  /// A name's file after each change; `nil` is none.
  private typealias Names = [(name: String, file: Int)]

  private var files: [File] = []
  private var durableNames: Names = []
  private var names: Names = []
  /// The names after each change that is not durable.
  private var changes: [Names] = []

  init(_ images: [FileImage] = []) {
    for image in images {
      names.append((image.name, files.count))
      files.append(File(durable: image.bytes))
    }
    durableNames = names
  }

  mutating func perform(_ command: FileCommand) {
    func place(_ name: String) -> Int? { names.first { $0.name == name }?.file }
    switch command {
    case .create(let name):
      if let file = place(name) { return files[file].writes.append(.truncate(0)) }
      files.append(File())
      changeNames { [last = files.count - 1] in $0.append((name, last)) }
    case .append(let name, let bytes): if let file = place(name) { files[file].writes.append(.append(bytes)) }
    case .truncate(let name, let length): if let file = place(name) { files[file].writes.append(.truncate(length)) }
    case .sync(let name):
      guard let file = place(name) else { return }
      files[file].durable = files[file].content(writes: files[file].writes.count)
      files[file].writes = []
    case .rename(let name, let other):
      guard let file = place(name) else { return }
      changeNames { names in
        names.removeAll { $0.name == name || $0.name == other }
        names.append((other, file))
      }
    case .remove(let name): changeNames { names in names.removeAll { $0.name == name } }
    case .syncDirectory:
      durableNames = names
      changes = []
    }
  }

  private mutating func changeNames(_ change: (inout Names) -> Void) {
    change(&names)
    changes.append(names)
  }

  /// The files with nothing lost.
  var contents: [FileImage] {
    names.map { FileImage(name: $0.name, bytes: files[$0.file].content(writes: files[$0.file].writes.count)) }
  }

  /// Every state that a crash can leave, with at most one file neither as it was synced nor as it was written last.
  var crashes: [[FileImage]] {
    var states: [[FileImage]] = []
    for names in [durableNames] + changes {
      var lasts: [[FileImage]] = [[]]
      for (name, file) in names {
        let ends =
          files[file].writes.isEmpty
          ? [files[file].durable] : [files[file].durable, files[file].content(writes: files[file].writes.count)]
        lasts = lasts.flatMap { state in ends.map { state + [FileImage(name: name, bytes: $0)] } }
      }
      states += lasts
      for (place, (_, file)) in names.enumerated() where !files[file].writes.isEmpty {
        for remains in files[file].remains {
          for var state in lasts {
            state[place].bytes = remains
            states.append(state)
          }
        }
      }
    }
    return states
  }

  /// One of the states that a crash can leave.
  func crash(_ samples: inout Samples) -> [FileImage] {
    let all = [durableNames] + changes
    return all[samples.below(all.count)].map { name, file in
      let remains = files[file].remains
      let whole = files[file].content(writes: files[file].writes.count)
      // Now and then nothing is lost, and now and then everything.
      let place =
        switch samples.below(3) {
        case 0: 0
        case 1: remains.firstIndex(of: whole) ?? 0
        default: samples.below(remains.count)
        }
      return FileImage(name: name, bytes: remains[place])
    }
  }
}
