import API
import Domain
import FoundationEssentials
import Logging
import Synchronization
import TestSupport
import Testing

/// Finds personal numbers by their form, whoever they belong to, so that a leak is seen that nobody thought of (quality S12).
private enum PersonalNumbers {
  /// Chinese mobile numbers, in one piece or as 3-4-4, and resident identity numbers with a valid check digit (GB 11643).
  static func found(in text: String) -> [String] {
    var found: [String] = []
    // What digits may stand beside without being part of a number.
    let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0))) }
    for word in words {
      let digits = word.filter { $0 != "-" }
      let groups = word.split(separator: "-").map(\.count)
      if groups == [11] || groups == [3, 4, 4], isMobile(digits) { found.append(String(word)) }
      if word.count == 18, isIdentity(String(word)) { found.append(String(word)) }
    }
    return found
  }

  private static func isMobile(_ digits: String) -> Bool {
    digits.count == 11 && digits.allSatisfy(\.isNumber) && digits.hasPrefix("1")
      && !["0", "1", "2"].contains(digits.dropFirst().prefix(1))
  }

  private static func isIdentity(_ text: String) -> Bool {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    let digits = text.prefix(17).compactMap(\.wholeNumberValue)
    guard digits.count == 17 else { return false }
    let sum = zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 }
    return Array("10X98765432")[sum % 11] == text.uppercased().last
  }
}

/// Keeps the lines of a log.
private struct KeepingLog: LogHandler {
  final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
  }

  let lines: Lines
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.append("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])")
  }
}

/// Nothing that the product says shows a personal number to whoever may not know it.
@Suite("Personal numbers by their form", .timeLimit(.minutes(20))) struct PersonalNumberTests {
  /// Nobody's, with a valid check digit.
  private static let identity = "210102198003073613"
  private static let words = "请回电 139-1234-5678，证件 210102198003073613，邮箱 x@example.cn"

  @Test("the detector finds numbers however they are written, and takes no identity, amount or time for one (S12)")
  func detector() {
    for text in [
      "13912345678", "+86 13912345678。", "电话139-1234-5678", #"{"x":"210102198003073613"}"#, "11010519491231002X",
    ] {
      #expect(PersonalNumbers.found(in: text).count == 1, "\(text)")
    }
    for text in [
      "139****5678", "210102********3613", "210102198003073614", "2026-03-09T02:15:20.000Z", "12912345678",
      "0199b004-8d40-7f64-8053-6eb17c9d4f04", "99999999999", "WO-SY001-2026-000123", "LSVAA4182E2123456",
    ] {
      #expect(PersonalNumbers.found(in: text) == [], "\(text)")
    }
  }

  @Test(
    "no answer, no refusal and no line of the log shows a number to whoever may not know it, from any field (SEC-04, S12)"
  )
  func everywhere() async throws {
    let lines = KeepingLog.Lines()
    let logger = Logger(label: "edge") { _ in KeepingLog(lines: lines) }
    try await APIBench.with(logger: logger) { bench in
      let documents = try await MatrixDocuments(bench)
      let station = "\(bench.network.station)"
      let blind = bench.token(
        APIBench.caller(
          Set(Role.allCases), Set(Permission.allCases).subtracting([.customersReadPersonal]),
          .station(bench.network.station)))
      let adviser = bench.token(.stAdviser)
      // Written by somebody who knows them, in the fields for them and in his own words.
      let contact = #""contact": {"name": "赵六", "phone": "13912345678"}"#
      let written = [
        (
          "service-requests",
          #"{"kind": "repair", "medium": "phone", \#(contact), "need": "\#(Self.words)", "symptom": "\#(Self.words)"}"#
        ),
        (
          "work-orders",
          #"{"customerId": "\#(bench.network.customer)", "vehicleId": "\#(bench.network.vehicle)", \#(contact), "summary": "\#(Self.words)", "note": "\#(Self.words)"}"#
        ),
        (
          "complaints",
          #"{"channel": "hotline", "category": "vehicleQuality", \#(contact), "customerWords": "\#(Self.words)", "symptom": "\#(Self.words)", "stationId": "\#(station)"}"#
        ),
        (
          "customers",
          #"{"kind": "person", "name": "赵六", "phone": "13912345678", "phone2": "13812345678", "note": "\#(Self.words)", "address": "\#(Self.words)"}"#
        ),
      ]
      var made: [String: String] = [:]
      let desk = bench.master(.station(bench.network.station))
      for (collection, body) in written {
        let id = try await bench.create("/v1/\(collection)", desk, body)
        made[collection] = id
        if collection != "customers" {
          let note = await bench.send(
            "POST", "/v1/\(collection)/\(id)/notes", desk, body: #"{"text": "\#(Self.words)"}"#)
          #expect(note.status == 201, "\(note.text)")
        }
        // The same body from somebody who may not read it, and a broken one: neither an answer nor a refusal says it again.
        for body in [body, body.replacing("{", with: #"{"13912345678": "\#(Self.identity)", "#, maxReplacements: 1)] {
          let answer = await bench.send("POST", "/v1/\(collection)", blind, body: body, checked: false)
          let shown = PersonalNumbers.found(in: answer.text).filter { $0 != "13912345678" || answer.status < 400 }
          if !shown.isEmpty { Issue.record("POST \(collection) \(answer.status) shows \(shown): \(answer.text)") }
        }
      }
      var seen = 0
      for operation in bench.api.operations where operation.method == .get && operation.template.hasPrefix("/v1/") {
        var paths = [documents.request(operation, on: documents.own, serial: 1).path]
        for (collection, id) in made where operation.template.hasPrefix("/v1/\(collection)/{id}") {
          paths.append(operation.template.replacing("{id}", with: id))
        }
        for path in paths {
          let answer = await bench.send("GET", path, blind, checked: false)
          seen += answer.status == 200 ? 1 : 0
          let shown = PersonalNumbers.found(in: answer.text)
          if !shown.isEmpty { Issue.record("\(path) shows \(shown)") }
        }
      }
      #expect(seen > 100)
      // The control: who may know them reads them, by the same detector.
      let known = await bench.get("/v1/customers/\(try #require(made["customers"]))", adviser)
      #expect(Set(PersonalNumbers.found(in: known.text)).isSuperset(of: ["13912345678", "13812345678"]))
      _ = await bench.send("GET", "/v1/customers?phone=13912345678", adviser, checked: false)
    }
    #expect(lines.all.count > 200)
    #expect(lines.all.filter { !PersonalNumbers.found(in: $0).isEmpty } == [])
  }
}
