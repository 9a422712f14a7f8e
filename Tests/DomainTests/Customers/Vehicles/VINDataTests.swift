import Domain
import Testing

@Suite("VINs of real vehicles", .enabled(if: SharedData.isPresent("vin/vins_1250.csv"), "needs the reference data"))
struct VINDataTests {
  private struct Row {
    let vin: String
    let year: Int?
  }

  private func rows() throws -> [Row] {
    try SharedData.rows("vin/vins_1250.csv").map { Row(vin: String($0[0]), year: Int($0[3])) }
  }

  @Test("all 1,249 with 17 characters are accepted without a warning; the one of 1973 with 13 is no VIN")
  func accepted() throws {
    let rows = try rows()
    #expect(rows.count == 1_250)
    let old = rows.filter { $0.vin.utf8.count != 17 }
    #expect(old.map(\.year) == [1973])
    for row in old { #expect(throws: Refusal.self) { try VIN(row.vin) } }
    for row in rows where row.vin.utf8.count == 17 {
      let vin = try VIN(row.vin)
      #expect(vin.hasMatchingCheckDigit)
      #expect(vin.warnings.isEmpty)
      #expect(vin.checkDigit == (vin.demandsCheckDigit ? .valid : .notApplicable))
    }
  }

  @Test("the model year is among the two that position 10 can mean")
  func modelYears() throws {
    for row in try rows() where row.vin.utf8.count == 17 {
      let year = try #require(row.year)
      #expect(try VIN(row.vin).modelYears(upTo: 2027).contains(year))
    }
  }

  /// The check digit's sum is taken modulo 11, a prime above every weight and every difference of two values: a changed
  /// character stays unseen exactly when it transliterates to the same value. A changed check digit is always seen.
  /// Every sixteenth VIN gets all 544 changes, the others four at each position, taken in turn: the whole walk of more
  /// than half a million takes half a minute in a debug build.
  @Test("every change of one character is reported, but for letters that count the same")
  func singleChanges() throws {
    let alphabet = Array("0123456789ABCDEFGHJKLMNPRSTUVWXYZ".utf8)
    let sameValue: [[UInt8]] = ["1AJ", "2BKS", "3CLT", "4DMU", "5ENV", "6FW", "7GPX", "8HY", "9RZ"]
      .map { Array($0.utf8) }
    var seen = 0
    var unseen = 0
    for (index, text) in Set(try rows().map { $0.vin.uppercased() }).sorted().enumerated()
    where text.utf8.count == 17 {
      let bytes = Array(text.utf8)
      for position in bytes.indices {
        let start = (index + position) * 4
        let replacements =
          index % 16 == 0 ? alphabet : (start..<start + 4).map { alphabet[$0 % alphabet.count] }
        for replacement in replacements where replacement != bytes[position] {
          var changed = bytes
          changed[position] = replacement
          let vin = try VIN(String(decoding: changed, as: UTF8.self))
          let isInvisible =
            position != 8 && sameValue.contains { $0.contains(replacement) && $0.contains(bytes[position]) }
          // Recorded only on failure: an expectation each would cost more than the check.
          if vin.hasMatchingCheckDigit != isInvisible { Issue.record("\(text) → \(vin)") }
          if vin.demandsCheckDigit, vin.warnings.isEmpty != isInvisible { Issue.record("\(text) → \(vin)") }
          if isInvisible { unseen += 1 } else { seen += 1 }
        }
      }
    }
    #expect(seen > 50_000 && unseen > 1_000)
  }
}

@Suite(
  "Manufacturer identifiers", .enabled(if: SharedData.isPresent("vin/wmi_vpic_us.csv"), "needs the reference data"))
struct ManufacturerIdentifierTests {
  /// The list names the seat of the maker, we the country that gave out the code: they differ for who builds abroad
  /// (2G1 of a maker in the USA was built in Canada), for about one identifier in ten.
  @Test("the country is the one listed for at least 85 % of the identifiers registered in the USA")
  func countries() throws {
    var listed = 0
    var equal = 0
    for row in try SharedData.rows("vin/wmi_vpic_us.csv") where row[0].count == 3 && row.count == 5 {
      let country = row[3]
      guard country.count == 2, !row[1].hasPrefix("\"") else { continue }
      listed += 1
      if try VIN(row[0] + "00000000000000").country == String(country) { equal += 1 }
    }
    #expect(listed > 400)
    #expect(equal * 100 >= listed * 85, "\(equal) of \(listed)")
  }

  @Test("an identifier that the table does not know is no error")
  func unknown() throws {
    for row in try SharedData.rows("vin/wmi_vininfo_world.csv") {
      let start = String(row[0].prefix(3))
      // Three entries of the list are typing errors: an O that must be a zero.
      if start.contains("O") { continue }
      #expect(try VIN(start + String(repeating: "0", count: 17 - start.count)).text.hasPrefix(start))
    }
  }
}
