import Determinism
import Raft
import Replica
import System
import Testing

@testable import Hosting

extension AddressBook.Entry {
  static func sample(_ number: UInt8, port: UInt16 = 7_000, start: UInt64 = 0) -> AddressBook.Entry {
    AddressBook.Entry(
      NodeID(number),
      at: ServerAddress(
        peer: SocketAddress(host: "127.0.0.1", port: port), http: SocketAddress(host: "::1", port: port + 1)),
      start: start)
  }
}

@Suite("What servers say to each other before anything else")
struct NetworkTests {
  @Test("Of two addresses of a server the one counts that it has said since its later start")
  func book() {
    var book = AddressBook()
    #expect(
      book.note(.sample(2, port: 1)) && book.note(.sample(1, port: 5)) && book.note(.sample(2, port: 2, start: 3)))
    #expect(!book.note(.sample(2, port: 9, start: 3)) && !book.note(.sample(2, port: 9, start: 2)))
    #expect(book[NodeID(2)]?.peer.port == 2 && book.entries.map(\.node.number) == [1, 2])
    #expect(AddressBook(text: book.text) == book && AddressBook(text: "") == AddressBook())
    for text in ["1 0 127.0.0.1:7001", "0 0 h:1 h:2", "65 0 h:1 h:2", "1 x h:1 h:2", "1 0 h h:2", "1 0 h:1 h:99999"] {
      #expect(AddressBook(text: text) == nil, "\(text)")
    }
  }

  @Test("An address is a host and a port, the host in brackets if it has colons")
  func addresses() {
    for text in ["127.0.0.1:7001", "[::1]:0", "localhost:65535", "a-b.example:1"] {
      #expect(SocketAddress(text)?.description == text)
    }
    for text in ["", "x", "x:", ":1", "::1:7", "x:70000", "x y:1", "http://x:1", "x:-1"] {
      #expect(SocketAddress(text) == nil, "\(text)")
    }
    #expect(SocketAddress("localhost:1")?.isLoopback == true && SocketAddress("10.0.0.1:1")?.isLoopback == false)
  }

  private var hello: Hello {
    var book = AddressBook()
    for number in 1...5 as ClosedRange<UInt8> { book.note(.sample(number, start: UInt64(number))) }
    return Hello(ClusterID(77), from: NodeID(1), to: NodeID(2), start: 4, process: 99, book: book)
  }

  @Test("A greeting is read as it was written; one that is damaged, cut or of another version is not read")
  func greetings() throws {
    let bytes = Greeting.encode(hello)
    #expect(try Greeting.decodeHello(bytes) == hello)
    for welcome in [Welcome.accepted(hello.book), .refused("no"), .accepted(AddressBook())] {
      #expect(try Greeting.decodeWelcome(Greeting.encode(welcome)) == welcome)
    }
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 4
      #expect(throws: GreetingError.self, "byte \(place)") { try Greeting.decodeHello(damaged) }
      #expect(throws: GreetingError.unreadable) { try Greeting.decodeHello(Array(bytes[..<place])) }
    }
    #expect(throws: GreetingError.unreadable) { try Greeting.decodeWelcome(bytes) }
    var other = bytes
    other[10] = 2
    let check = CRC32C.checksum(of: other, in: 4..<other.count)
    for place in 0..<4 { other[place] = UInt8(truncatingIfNeeded: check >> UInt32(8 * place)) }
    #expect(throws: GreetingError.version(2)) { try Greeting.decodeHello(other) }
  }

  @Test(
    "Frames come out whole however their bytes are cut, and a length that is none breaks the stream",
    arguments: [1, 3, 1_000])
  func frames(size: Int) {
    let frames = [[], [1], Array(repeating: 7, count: 5_000)] as [[UInt8]]
    var (buffer, stream) = ([UInt8](), FrameStream())
    for frame in frames {
      for place in 0..<4 { buffer.append(UInt8(truncatingIfNeeded: frame.count >> (8 * place))) }
      buffer += frame
    }
    var found: [[UInt8]] = []
    for start in stride(from: 0, to: buffer.count, by: size) {
      Array(buffer[start..<min(start + size, buffer.count)]).withUnsafeBytes { stream.add($0) }
      while let frame = stream.next() { found.append(frame) }
    }
    #expect(found == frames && !stream.isBroken)
    ([255, 255, 255, 255] as [UInt8]).withUnsafeBytes { stream.add($0) }
    #expect(stream.next() == nil && stream.isBroken)
  }

  @Test("What a frame is and whose, its first bytes say")
  func ways() {
    let cluster = ClusterID(3)
    let request = ClientRequest(sequence: .first, body: .openSession)
    let message = RaftMessage.timeoutNow(TimeoutNow(term: Term(1)))
    for (frame, way) in [
      (
        Frame(.message(message), FrameAddress(cluster, from: NodeID(5), to: NodeID(2))),
        FrameWay.message(from: NodeID(5))
      ),
      (
        Frame(.request(request), FrameAddress(cluster, from: .client(ClientID(1 << 24)), to: .server(NodeID(2)))),
        .request(from: ClientID(1 << 24))
      ),
      (
        Frame(
          .reply(ClientReply(sequence: .first, body: .done)),
          FrameAddress(cluster, from: .server(NodeID(2)), to: .client(ClientID(9)))), .reply(to: ClientID(9))
      ),
    ] {
      #expect(Wire.way(of: Wire.encode(frame)) == way)
    }
    #expect(Wire.way(of: []) == nil && Wire.way(of: Array(repeating: 0, count: 24)) == nil)
  }

  @Test("A fault is read as it is written, and nothing else is one")
  func faults() {
    for fault in [InjectedFault.clockOffset(.milliseconds(-5)), .clockRate(400_000), .diskDelay(.milliseconds(30))] {
      #expect(InjectedFault(fault.line) == fault)
    }
    for line in ["", "disk-delay", "disk-delay -1", "clock-rate 1000000", "clock-offset x", "stop 1", "disk-delay 1 2"]
    {
      #expect(InjectedFault(line) == nil, "\(line)")
    }
  }
}
