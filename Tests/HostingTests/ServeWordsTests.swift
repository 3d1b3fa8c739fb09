import Hosting
import Raft
import System
import Terminal
import Testing

@testable import raftkv

@Suite("What the words of `raftkv serve` come to")
struct ServeWordsTests {
  private func settings(_ line: String) throws -> HostSettings {
    let words = "--id 1 --data d --bootstrap \(line)".split(separator: " ").map(String.init)
    return try ServeCommand.settings(try Arguments(words, of: ServeCommand.command.syntax, in: "raftkv"))
  }

  @Test("The address that a server advertises is its own among the founders, and is not where it listens")
  func advertised() throws {
    let settings = try settings(
      "--listen 127.0.0.1:7 --advertise 10.0.0.1:8 --peers 1=10.0.0.1:8,2=10.0.0.2:8,3=10.0.0.3:8")
    #expect("\(settings.address.peer)" == "127.0.0.1:7" && "\(settings.publicAddress.peer)" == "10.0.0.1:8")
    #expect(settings.peers.map { "\($0.address.peer)" } == ["10.0.0.1:8", "10.0.0.2:8", "10.0.0.3:8"])
    let alone = try self.settings("--advertise 10.0.0.1:8")
    #expect(alone.peers.map { "\($0.address.peer)" } == ["10.0.0.1:8"] && alone.address.peer.isLoopback)
    let plain = try self.settings("--listen 127.0.0.1:0 --peers 1,2")
    #expect(plain.advertised == nil && plain.publicAddress == plain.address)
  }

  @Test(
    "An address that nobody can reach, or that the founders are told otherwise, is refused",
    arguments: [
      "--advertise 0.0.0.0:7", "--advertise 127.0.0.1:0", "--advertise 10.0.0.1",
      "--peers 1=10.0.0.1:8,2", "--peers 1=127.0.0.1:9 --advertise 10.0.0.1:8", "--listen 0.0.0.0:7 --allow-remote",
      "--listen 0.0.0.0:7 --advertise 10.0.0.1:8",
    ])
  func refused(line: String) { #expect(throws: UsageError.self) { try settings(line) } }

  @Test("Whoever advertises an address may listen on all networks, with permission")
  func everywhere() throws {
    let settings = try settings("--listen 0.0.0.0:7 --advertise 10.0.0.1:8 --allow-remote")
    #expect(settings.address.peer.isWildcard && settings.publicAddress.peer.port == 8)
  }
}
