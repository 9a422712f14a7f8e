import Foundation
import Testing

@testable import Blobs

@Suite("The store of blobs in a bucket", .timeLimit(.minutes(20))) struct BlobBucketTests {
  private let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 11) }

  private func with(
    secret: String = "topsecret", _ body: @escaping @Sendable (BlobStore, BucketServer, String) async throws -> Void
  ) async throws {
    let server = BucketServer(key: "AKID", secret: "topsecret")
    try await withFolder { folder in
      try await server.run { port in
        let made = BlobBucket(
          url: "http://127.0.0.1:\(port)/files/after-sales",
          key: .init(id: "AKID", secret: secret, region: "cn-north-1"),
          clock: { Int64(Date().timeIntervalSince1970) })
        let bucket = try #require(made)
        try await body(BlobStore(root: folder, reserve: 0, place: .bucket(bucket)), server, folder)
      }
    }
  }

  @Test("the signature is the one of the published example")
  func example() {
    let signature = RequestSignature(
      "GET", "/test.txt",
      headers: [("range", "bytes=0-9"), ("host", "examplebucket.s3.amazonaws.com")],
      contentHash: RequestSignature.emptyHash,
      key: .init(
        id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1"),
      at: 1_369_353_600)
    #expect(
      signature.headers.last?.value
        == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    for (second, text) in [
      (0, "19700101T000000Z"), (951_827_696, "20000229T123456Z"), (1_709_251_199, "20240229T235959Z"),
      (-1, "19691231T235959Z"), (4_102_444_800, "21000101T000000Z"),
    ] { #expect(RequestSignature.time(Int64(second)) == text) }
  }

  @Test("blobs are put once, read whole and in parts, and removed")
  func life() async throws {
    try await with { [bytes] store, server, folder in
      let digest = try await store.keep(bytes, pieces: 33_333)
      let path = "/files/after-sales/\(digest.path)"
      #expect(server.objects == [path: bytes])
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/incoming").isEmpty)
      #expect(try await store.keep(bytes) == digest)
      #expect(server.seen.filter { $0.method == "PUT" }.count == 1)
      #expect(try await store.read(digest, 0..<bytes.count) == bytes)
      #expect(try await store.read(digest, 100_000..<400_000) == Array(bytes[100_000..<400_000]))
      #expect(server.seen.last?.range == "bytes=100000-399999")
      #expect(try await store.holds(digest))
      try await store.remove(digest)
      try await store.remove(digest)
      #expect(try await !store.holds(digest))
      await #expect(throws: BlobError.missing(digest)) { try await store.open(digest, 0..<1) }
      #expect(server.objects.isEmpty)
    }
  }

  @Test("a wrong secret is refused by the bucket, and nothing is kept")
  func wrongSecret() async throws {
    try await with(secret: "guessed") { [bytes] store, server, _ in
      await #expect(throws: BlobError.unavailable("the bucket answered 403")) { try await store.keep(bytes) }
      #expect(server.objects.isEmpty)
    }
  }

  @Test("a bucket without room, out of order or with fewer bytes than it should have is told apart")
  func faults() async throws {
    try await with { [bytes] store, server, _ in
      server.answer(507)
      await #expect(throws: BlobError.full) { try await store.keep(bytes) }
      server.answer(500)
      await #expect(throws: BlobError.unavailable("the bucket answered 500")) { try await store.keep(bytes) }
      server.answer(nil)
      let digest = try await store.keep(bytes)
      server.replace("/files/after-sales/\(digest.path)", with: [1, 2, 3])
      await #expect(throws: BlobError.self) { try await store.read(digest, 0..<bytes.count) }
    }
  }

  @Test("only an address of a bucket over HTTP is one")
  func addresses() {
    let key = RequestSignature.Key(id: "a", secret: "b", region: "c")
    for url in ["", "s3://bucket", "https://host", "https://host/", "https:///b", "https://h/b?x=1", "https://h/b//c"] {
      #expect(BlobBucket(url: url, key: key, clock: { 0 }) == nil, "\(url)")
    }
    for url in ["https://host/bucket", "http://127.0.0.1:9000/b/prefix-1"] {
      #expect(BlobBucket(url: url, key: key, clock: { 0 }) != nil, "\(url)")
    }
  }
}
