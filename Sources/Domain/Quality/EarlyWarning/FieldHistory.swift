/// Complaints and campaigns of a public record in the layout of the NHTSA, as the early warning is measured on them (A11). What
/// names no model year or no day of filing is left out; a complaint's number counts once.
package struct FieldHistory: Sendable {
  package struct Vehicle: Hashable, Sendable {
    package let make: String
    package let model: String
    package let modelYear: Int
  }

  package struct Complaint: Sendable {
    package let vehicle: Vehicle
    package let filedOn: CalendarDate
    package let component: String
    package let words: String
    package let crash: Bool
    package let fire: Bool
    package let injured: Int
    package let deaths: Int
  }

  /// Of one component: a campaign on two is two.
  package struct Campaign: Sendable {
    package let title: String
    package let component: String
    package let knownOn: CalendarDate
    package let vehicles: [Vehicle]
  }

  /// In the order of their filing.
  package let complaints: [Complaint]
  package let campaigns: [Campaign]
  package let vehicles: [Vehicle]

  package var lastDay: CalendarDate? { complaints.last?.filedOn }

  /// - Parameter until: nothing that was filed after this day is taken.
  package init(complaints rows: [[String: String]], recalls: [[String: String]], until: CalendarDate?) {
    var seen: Set<String> = []
    var numbered: [(number: Int, complaint: Complaint)] = []
    for row in rows {
      guard let vehicle = Self.vehicle(row), let filedOn = Self.date(row["DateComplaintFiled"]),
        until.map({ filedOn <= $0 }) ?? true, let number = row["ODINumber"], seen.insert(number).inserted
      else { continue }
      let words = row["Summary"] ?? ""
      let component = row["Component"] ?? ""
      numbered.append(
        (
          Int(number) ?? 0,
          Complaint(
            vehicle: vehicle, filedOn: filedOn, component: component.isEmpty ? "UNKNOWN OR OTHER" : component,
            words: words.isEmpty ? "-" : words, crash: row["Crash"] == "Yes", fire: row["Fire"] == "Yes",
            injured: Self.count(row["NumberOfInjured"]), deaths: Self.count(row["NumberOfDeaths"]))
        ))
    }
    complaints = numbered.sorted { ($0.complaint.filedOn, $0.number) < ($1.complaint.filedOn, $1.number) }
      .map(\.complaint)
    var parts: [[String]: (day: CalendarDate, vehicles: [Vehicle])] = [:]
    for row in recalls {
      guard let vehicle = Self.vehicle(row), let day = Self.date(row["ReportReceivedDate"]),
        until.map({ day <= $0 }) ?? true, let number = row["NHTSACampaignNumber"], let component = row["Component"],
        !component.isEmpty
      else { continue }
      var part = parts[[number, component]] ?? (day, [])
      part.day = min(part.day, day)
      if !part.vehicles.contains(vehicle) { part.vehicles.append(vehicle) }
      parts[[number, component]] = part
    }
    campaigns = parts.map { key, part in
      Campaign(title: key[0], component: key[1], knownOn: part.day, vehicles: part.vehicles)
    }.sorted { ($0.knownOn, $0.title, $0.component) < ($1.knownOn, $1.title, $1.component) }
    vehicles = Set(complaints.map(\.vehicle) + campaigns.flatMap(\.vehicles))
      .sorted { ($0.make, $0.model, $0.modelYear) < ($1.make, $1.model, $1.modelYear) }
  }

  private static func vehicle(_ row: [String: String]) -> Vehicle? {
    guard let make = row["Make"], let model = row["Model"], !make.isEmpty, !model.isEmpty,
      let year = row["ModelYear"].flatMap({ Int($0) }), (1900..<2100).contains(year)
    else { return nil }
    return Vehicle(make: make.uppercased(), model: model.uppercased(), modelYear: year)
  }

  private static func date(_ text: String?) -> CalendarDate? { text.flatMap { CalendarDate($0.prefix(10)) } }

  private static func count(_ text: String?) -> Int { max(0, text.flatMap { Int($0) } ?? 0) }
}

/// Text in columns (RFC 4180).
package enum CommaSeparated {
  /// One dictionary a row, by the names of the first row; a missing field is not in it.
  package static func records(_ text: String) -> [[String: String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var bytes = Array(text.utf8)[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    func endField() {
      row.append(String(decoding: field, as: UTF8.self))
      field.removeAll(keepingCapacity: true)
    }
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let byte = bytes[place]
      place += 1
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if place < bytes.endIndex, bytes[place] == UInt8(ascii: "\"") {
          field.append(byte)
          place += 1
        } else {
          isQuoted = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isQuoted = true
      case UInt8(ascii: ","): endField()
      case UInt8(ascii: "\r"): break
      case UInt8(ascii: "\n"):
        endField()
        rows.append(row)
        row = []
      default: field.append(byte)
      }
    }
    if !field.isEmpty || !row.isEmpty {
      endField()
      rows.append(row)
    }
    guard let names = rows.first else { return [] }
    return rows.dropFirst().map { row in
      Dictionary(zip(names, row).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// A field as it is written, quoted where it must be.
  package static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    var quoted = "\""
    for character in text.unicodeScalars {
      if character == "\"" { quoted.unicodeScalars.append(character) }
      quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
  }
}
