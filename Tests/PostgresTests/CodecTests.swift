import FoundationEssentials
import Testing

@testable import Postgres

@Suite("Codecs against the server")
struct CodecTests {
  /// Sends the values there and back, alone, as an array, with nulls; and compares with the server's own text.
  private func roundTrip<T: PostgresCodable & Hashable>(
    _ values: [T], _ client: PostgresClient, text: (@Sendable (T) -> String)? = nil
  ) async throws {
    for value in values {
      let (back, none, shown) = try await client.read(
        everywhere, Query<T>.one("select \(value)") { try $0.next() },
        Query<T?>.one("select \(T?.none)") { try $0.next() },
        Query<String>.one("select \(value)::text") { try $0.next() })
      #expect(back == value)
      #expect(none == nil)
      if let text { #expect(shown == text(value)) }
    }
    #expect(try await client.read(everywhere, Query<[T]>.one("select \(values)") { try $0.next() }) == values)
    let empty: [T] = []
    #expect(try await client.read(everywhere, Query<[T]>.one("select \(empty)") { try $0.next() }) == empty)
    let holes = values.flatMap { [$0, nil] }
    #expect(try await client.read(everywhere, Query<[T?]>.one("select \(holes)") { try $0.next() }) == holes)
  }

  @Test("integers, booleans, text, bytes, identifiers", arguments: [1, 2, 3] as [UInt64])
  func simple(seed: UInt64) async throws {
    try await withClient { client in
      var random = SeededGenerator(seed: seed)
      try await roundTrip([true, false], client, text: { $0 ? "true" : "false" })
      try await roundTrip(numbers(&random) as [Int16], client, text: { "\($0)" })
      try await roundTrip(numbers(&random) as [Int32], client, text: { "\($0)" })
      try await roundTrip(numbers(&random) as [Int64], client, text: { "\($0)" })
      try await roundTrip(numbers(&random) as [Int], client, text: { "\($0)" })
      try await roundTrip(
        [0, 1, UInt64(Int64.max), .max, random.next()].map { Xid8($0) }, client, text: { "\($0.value)" })
      let texts = [
        "", " ", "a'b\"\\c\n\t", "你好 👩‍👩‍👧", "\u{1}\u{7f}", String(repeating: "长", count: 5_000),
      ]
      try await roundTrip(texts + (0..<20).map { _ in text(&random) }, client, text: { $0 })
      try await roundTrip((0..<20).map { _ in uuid(&random) }, client, text: { $0.uuidString.lowercased() })
    }
  }

  @Test("bytes keep every value, alone and as rows")
  func bytes() async throws {
    try await withClient { client in
      for bytes in [[], [0], Array(0...255), [UInt8](repeating: 0, count: 100_000)] as [[UInt8]] {
        #expect(try await client.read(everywhere, Query<[UInt8]>.one("select \(bytes)") { try $0.next() }) == bytes)
      }
      let none: [UInt8]? = try await client.read(
        everywhere, Query<[UInt8]?>.one("select null::bytea") { try $0.next() })
      #expect(none == nil)
    }
  }

  @Test("floating point, moments and days", arguments: [1, 2] as [UInt64])
  func times(seed: UInt64) async throws {
    try await withClient { client in
      var random = SeededGenerator(seed: seed)
      let doubles = [0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi]
      try await roundTrip(doubles + (0..<20).map { _ in Double.random(in: -1e300...1e300, using: &random) }, client)
      let moments: [Int64] = [0, -1, 1, 946_684_800_000, 946_684_799_999, -62_135_596_800_000, 253_402_300_799_999]
      try await roundTrip(
        (moments + (0..<20).map { _ in Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random) })
          .map { PostgresTimestamp(milliseconds: $0) }, client)
      try await roundTrip(
        ([0, -1, 1, 10_957, 10_956, -719_162, 2_932_896] as [Int64]
          + (0..<20).map { _ in Int64.random(in: -719_162...2_932_896, using: &random) })
          .map { PostgresDate(daysSinceEpoch: $0) }, client)
      let (moment, before, day) = try await client.read(
        everywhere,
        Query<PostgresTimestamp>.one("select '2026-07-05 12:34:56.789999+08'::timestamptz") { try $0.next() },
        Query<PostgresTimestamp>.one("select '1969-12-31 23:59:59.9999+00'::timestamptz") { try $0.next() },
        Query<PostgresDate>.one("select '1970-01-02'::date") { try $0.next() })
      #expect(moment.milliseconds == 1_783_226_096_789)
      #expect(before.milliseconds == -1)
      #expect(day.daysSinceEpoch == 1)
    }
  }

  @Test("amounts and decimals are exact", arguments: [1, 2, 3] as [UInt64])
  func numerics(seed: UInt64) async throws {
    try await withClient { client in
      var random = SeededGenerator(seed: seed)
      var amounts: [Int64] = [0, 1, -1, 9, 10, 99, 100, 101, 9_999, 10_000, 1_000_000, 99_999_999, .max, .min]
      for _ in 0..<60 {
        amounts.append(Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<62, using: &random))
      }
      try await roundTrip(
        amounts.map { MinorUnits($0) }, client,
        text: { amount in
          let digits = String(amount.value.magnitude)
          let padded = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
          return (amount.value < 0 ? "-" : "") + padded.dropLast(2) + "." + padded.suffix(2)
        })
      var decimals = [
        "0", "0.00", "1", "-1", "0.0001", "-0.00010", "12345678901234567890.123456789", "10000", "1000000.5",
      ]
      for _ in 0..<60 {
        let whole = String(
          (0..<Int.random(in: 1...30, using: &random)).map { _ in "0123456789".randomElement(using: &random) ?? "0" })
        let fraction = String(
          (0..<Int.random(in: 0...20, using: &random)).map { _ in "0123456789".randomElement(using: &random) ?? "0" })
        decimals.append((Bool.random(using: &random) ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction))
      }
      try await roundTrip(decimals.compactMap { ExactDecimal($0) }, client, text: { $0.description })
      for wrong in ["1.005::numeric", "1::numeric", "1.5::numeric(9,1)", "'NaN'::numeric", "1e30::numeric(40,2)"] {
        await #expect(throws: PostgresError.self) {
          _ = try await client.read(everywhere, Query<MinorUnits>.one(SQL(raw: "select \(wrong)")) { try $0.next() })
        }
      }
    }
  }

  @Test("documents")
  func documents() async throws {
    try await withClient { client in
      let document = JSONB(bytes: Array(#"{"a": [1, null, "ü"]}"#.utf8))
      let (jsonb, json) = try await client.read(
        everywhere, Query<JSONB>.one("select \(document)") { try $0.next() },
        Query<JSONB>.one(#"select '{"b":1}'::json"#) { try $0.next() })
      #expect(jsonb == document)
      #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"b":1}"#)
    }
  }

  @Test("a decoding error names column, types and statement, and no value")
  func decodingError() async throws {
    try await withClient { client in
      do {
        _ = try await client.read(everywhere, Query<Int>.one("select 'secret' as name") { try $0.next() })
        Issue.record("no error")
      } catch PostgresError.decoding(let problem) {
        #expect(problem.column == "name" && problem.columnType == "text" && problem.swiftType == "Int")
        #expect(problem.statement == "select 'secret' as name")
        #expect(!"\(PostgresError.decoding(problem))".contains("secret"))
      }
      await #expect(throws: PostgresError.self) {
        _ = try await client.read(everywhere, Query<Int>.one("select null::int") { try $0.next() })
      }
      await #expect(throws: PostgresError.self) {
        _ = try await client.read(everywhere, Query<Int32>.one("select 3000000000") { try $0.next() })
      }
    }
  }

  @Test("U+0000 in text is refused before anything is sent")
  func nulCharacter() async throws {
    try await withClient { client in
      await #expect(throws: PostgresError.self) {
        _ = try await client.read(everywhere, Query<String>.one("select \("a\u{0}b")") { try $0.next() })
      }
      let table = try await Table(client)
      await #expect(throws: PostgresError.self) {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(table.insert(1))
          transaction.enqueue(Query.execute("select \("a\u{0}b")"))
        }
      }
      #expect(try await client.read(everywhere, table.count) == 0)
    }
  }

  @Test("fragments number their binds anew when spliced")
  func fragments() {
    let inner: SQL = "b = \(2) or c = \("x")"
    let outer: SQL = "select \(unescaped: "t") where a = \(1) and (\(inner)) and d = \(true)"
    #expect(outer.text == "select t where a = $1 and (b = $2 or c = $3) and d = $4")
    #expect((outer + " limit \(5)").text.hasSuffix("limit $5"))
    #expect((outer + " limit \(5)").bindCount == 5)
  }

  private func numbers<I: FixedWidthInteger>(_ random: inout SeededGenerator) -> [I] {
    [0, 1, .max, .min, .max - 1] + (0..<20).map { _ in I.random(in: .min ... .max, using: &random) }
  }

  private func text(_ random: inout SeededGenerator) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0..<40, using: &random) {
      text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 1...0xD7FF, using: &random)) ?? " ")
    }
    return text
  }

  private func uuid(_ random: inout SeededGenerator) -> UUID {
    var bytes = (random.next(), random.next())
    return withUnsafeBytes(of: &bytes) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
  }
}
