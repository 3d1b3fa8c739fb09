// swift-tools-version: 6.2
import PackageDescription

/// Every room is held to the same standard.
let settings: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// The rooms in which tests spend their time: where nothing is optimised, seeds and searches take five times as long.
let busyRooms = [
  "Determinism", "Histories", "Linearizability", "Raft", "KeyValue", "Replica", "Scenarios", "Reference", "Traces",
  "Invariants", "Simulation",
]

/// What makes these faster in debug builds, too. Packages that depend on this one by version may not build what has such
/// flags, and none of its tests.
let optimised: [SwiftSetting] =
  ["/checkouts/", "/registry/"].contains { Context.packageDirectory.contains($0) }
  ? [] : [.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))]

/// A room of the house (see Sources/ARCHITECTURE.md): its name, the folder above it, and the rooms that it may import.
///
/// - Parameters:
///   - others: what lies in its folder and is no source.
///   - files: what lies in its folder and becomes part of the program as it is.
func room(
  _ name: String, under folder: String = "Sources", imports rooms: [String] = [], without others: [String] = [],
  holding files: [String] = []
) -> Target {
  .target(
    name: name, dependencies: rooms.map { .byName(name: $0) }, path: "\(folder)/\(name)", exclude: others,
    resources: files.map { .embedInCode($0) }, swiftSettings: settings + (busyRooms.contains(name) ? optimised : []))
}

/// The tests of one room or of several together.
///
/// - Parameter data: folders beside the tests, which read them where they lie.
func tests(_ name: String, of rooms: [String], data: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: rooms.map { .byName(name: $0) }, path: "Tests/\(name)", exclude: data,
    swiftSettings: settings)
}

/// Floors 1 to 6, on which everything that runs seeds and prints stands.
let belowRuns = [
  "Determinism", "Raft", "KeyValue", "Histories", "Replica", "Scenarios", "Reference", "Linearizability", "Traces",
  "Judging", "KnownBugs", "Invariants", "Shrinking", "Reporting", "Simulation",
]

/// The program as released carries the Swift libraries in itself, shows no other program its symbols and lies at a fixed
/// address: to find and bind shared ones, and to move it, takes longer than to judge a small history. Neither tests nor
/// those who use the library products see any of it.
let released = BuildSettingCondition.when(platforms: [.linux], configuration: .release)

/// A program: its name, and the rooms that it is made of.
func program(_ name: String, imports rooms: [String]) -> Target {
  .executableTarget(
    name: name, dependencies: rooms.map { .byName(name: $0) }, path: "Sources/\(name)", swiftSettings: settings,
    linkerSettings: [
      .unsafeFlags(
        ["-static-stdlib", "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xclang-linker", "-no-pie"], released),
      .linkedLibrary("_FoundationCollections", released),
      .linkedLibrary("_FoundationCShims", released),
    ])
}

let package = Package(
  name: "raftcheck",
  products: [
    .library(name: "Linearizability", targets: ["Linearizability"]),
    .library(name: "Histories", targets: ["Histories"]),
    .executable(name: "raftcheck", targets: ["raftcheck"]),
    .executable(name: "raftkv", targets: ["raftkv"]),
  ],
  targets: [
    // Floor 1
    room("Determinism"),
    // Floor 2
    room("System", imports: ["Determinism"]),
    room("Raft", imports: ["Determinism"]),
    room("KeyValue", imports: ["Determinism"]),
    room("Histories", imports: ["Determinism"]),
    // Floor 3
    room("Replica", imports: ["Raft", "KeyValue", "Determinism"]),
    room("Scenarios", imports: ["Raft", "Determinism"]),
    room("Reference", under: "checkers", imports: ["Raft", "KeyValue", "Determinism"]),
    room("Linearizability", under: "checkers", imports: ["Histories", "Determinism"]),
    // Floor 4
    room("Traces", imports: ["Raft", "KeyValue", "Replica", "Scenarios", "Histories", "Determinism"]),
    room("Judging", under: "checkers", imports: ["Linearizability", "Histories", "System"]),
    room("KnownBugs", imports: ["Raft", "KeyValue", "Replica", "Determinism"]),
    // Floor 5
    room(
      "Invariants", under: "checkers", imports: ["Raft", "KeyValue", "Replica", "Reference", "Traces", "Determinism"]),
    room("Shrinking", imports: ["Traces", "Scenarios", "Histories", "Linearizability", "Determinism"]),
    room(
      "Reporting",
      imports: ["Raft", "KeyValue", "Replica", "Traces", "Scenarios", "Histories", "Linearizability", "Determinism"]),
    // Floor 6
    room(
      "Simulation",
      imports: [
        "Raft", "KeyValue", "Replica", "Scenarios", "Traces", "Histories", "Invariants", "Determinism",
      ]),
    // Floor 7
    room("Hosting", imports: ["Raft", "KeyValue", "Replica", "System", "Determinism"]),
    room("Runs", imports: belowRuns + ["System"]),
    room("Benchmarks", imports: belowRuns),
    // Floor 8
    room("Campaigns", imports: belowRuns + ["System", "Runs"], without: ["README.md", "Deploy"]),
    room(
      "Live", imports: belowRuns + ["System", "Hosting", "Runs"], without: ["README.md"],
      holding: ["system.json", "server.py", "client.py"].map { "Systems/pysyncobj/\($0)" }),
    room("Terminal", imports: ["Reporting", "System", "Determinism"]),
    // Floor 9
    program(
      "raftcheck", imports: belowRuns + ["System", "Hosting", "Runs", "Benchmarks", "Live", "Campaigns", "Terminal"]),
    program(
      "raftkv",
      imports: [
        "Raft", "KeyValue", "Replica", "KnownBugs", "Reporting", "System", "Hosting", "Terminal", "Determinism",
      ]),
    tests("DeterminismTests", of: ["Determinism"]),
    tests("HistoriesTests", of: ["Histories", "Determinism"]),
    tests("LinearizabilityTests", of: ["Linearizability", "Histories", "Determinism", "Benchmarks"]),
    tests("JudgingTests", of: ["Judging", "Linearizability", "Histories", "Determinism"]),
    tests("BenchmarksTests", of: ["Benchmarks", "Judging", "Linearizability", "Histories", "Determinism"]),
    tests("KeyValueTests", of: ["KeyValue", "Determinism"]),
    tests("RaftTests", of: ["Raft", "Determinism"], data: ["Interactions"]),
    tests("ReplicaTests", of: ["Replica", "Raft", "KeyValue", "Determinism"]),
    tests("ReferenceTests", of: belowRuns),
    tests("InvariantsTests", of: ["Invariants", "Traces", "Replica", "Raft", "KeyValue", "Determinism"]),
    tests("KnownBugsTests", of: belowRuns),
    tests("ScenariosTests", of: ["Scenarios", "Raft", "Histories", "Determinism"]),
    tests("SimulationTests", of: belowRuns),
    tests("ShrinkingTests", of: belowRuns + ["Runs", "Benchmarks"]),
    tests("ReportingTests", of: belowRuns + ["Runs"], data: ["Stories", "Cases"]),
    tests(
      "RunsTests", of: belowRuns + ["System", "Runs", "Benchmarks", "Live", "Campaigns", "Terminal", "raftcheck"],
      data: ["Golden"]),
    tests(
      "HostingTests", of: ["Hosting", "System", "Replica", "Raft", "KeyValue", "Determinism", "Terminal", "raftkv"]),
    tests("LiveTests", of: belowRuns + ["System", "Hosting", "Runs", "Live"]),
    tests("ArchitectureTests", of: []),
  ],
  swiftLanguageModes: [.v6]
)
