#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Asks a running server's `/readyz`, for container health checks: an image needs no curl for it.
struct ReadinessProbe {
  /// An address to bind may be "every address"; the server is then asked on the loopback one.
  let host: String
  let port: Int
  /// Seconds for connecting, and again for the answer.
  let timeout = 2

  init(host: String, port: Int) {
    self.host =
      switch host {
      case "0.0.0.0": "127.0.0.1"
      case "::": "::1"
      default: host
      }
    self.port = port
  }

  /// The status of the answer, `nil` when there is none.
  func status() -> Int? {
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0 else { return nil }
    defer { freeaddrinfo(found) }
    var next = found
    while let address = next?.pointee {
      if let status = ask(address) { return status }
      next = address.ai_next
    }
    return nil
  }

  private func ask(_ address: addrinfo) -> Int? {
    let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { return nil }
    let request = Array("GET /readyz HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n\r\n".utf8)
    guard send(descriptor, request, request.count, 0) == request.count else { return nil }
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 256)
    // "HTTP/1.1 200": the status ends at the twelfth byte.
    while answer.count < 12 {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      answer += chunk[..<count]
    }
    guard answer.starts(with: Array("HTTP/1.1 ".utf8)) else { return nil }
    return Int(String(decoding: answer[9..<12], as: UTF8.self))
  }
}
