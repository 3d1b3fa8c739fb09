import Determinism
import System
import Testing

@testable import Hosting

@Suite("Connections of clients")
struct ClientConnectionTests {
  private static let patience = Duration.seconds(20)
  private static let answer = HTTPResponse(.ok, body: [1]).bytes(as: HTTPAnswerForm(keepsAlive: true))

  /// Takes one connection, reads one request, sends bytes and closes.
  private func serve(_ bytes: [UInt8], at listener: Descriptor) -> WorkerThread? {
    WorkerThread {
      var waits = Waits()
      waits.add(listener, reads: true, writes: false)
      waits.wait(Self.patience)
      guard case .taken(let socket) = Sockets.accept(from: listener) else { return }
      var waitsForRequest = Waits()
      waitsForRequest.add(socket, reads: true, writes: false)
      waitsForRequest.wait(Self.patience)
      // All of a short request comes at once on loopback.
      withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { _ = socket.read(into: $0) }
      _ = bytes.withUnsafeBytes { socket.send($0) }
      socket.close()
    }
  }

  @Test("A connection that the server has closed is not used again, for nobody would know what became of the request")
  func closedConnection() throws {
    let (listener, address) = try Sockets.listen(at: SocketAddress(host: "127.0.0.1", port: 0))
    defer { listener.close() }
    listener.setNonblocking()
    var network = ConnectedNetwork()
    defer { network.close() }
    for _ in 0..<3 {
      let server = try #require(serve(Self.answer, at: listener))
      let response = try network.exchange(HTTPRequest(.get, "/", to: .local), with: address, within: Self.patience)
      #expect(response == HTTPResponse(.ok, body: [1]))
      server.join()
    }
  }

  @Test("Where nobody listens nothing was sent; where an answer breaks off it may have been")
  func failures() throws {
    let (listener, address) = try Sockets.listen(at: SocketAddress(host: "127.0.0.1", port: 0))
    listener.setNonblocking()
    var network = ConnectedNetwork()
    for bytes in [[], Array(Self.answer.dropLast())] {
      let server = try #require(serve(bytes, at: listener))
      do throws(HTTPConnection.Failure) {
        _ = try network.exchange(HTTPRequest(.get, "/", to: .local), with: address, within: Self.patience)
        Issue.record("there is an answer")
      } catch {
        guard case .noAnswer = error else {
          Issue.record("\(error)")
          continue
        }
      }
      server.join()
    }
    listener.close()
    do throws(HTTPConnection.Failure) {
      _ = try network.exchange(HTTPRequest(.get, "/", to: .local), with: address, within: Self.patience)
      Issue.record("there is an answer")
    } catch {
      if case .notSent = error {} else { Issue.record("\(error)") }
    }
  }
}
