/// `fields=id,number,customer.name` (C-13): the members of a document that the client wants, at most one dot deep.
package struct FieldSelection: Hashable, Sendable {
  enum Choice {
    case skip
    case whole
    case members(Set<String>)
  }

  /// `nil`: the whole member.
  private var members: [String: Set<String>?] = [:]

  /// `nil` if a path is empty, has more than one dot or holds anything but letters and digits.
  package init?(_ text: some StringProtocol) {
    let paths = text.split(separator: ",", omittingEmptySubsequences: false)
    guard paths.count <= 50 else { return nil }
    for path in paths {
      let steps = path.split(separator: ".", omittingEmptySubsequences: false)
      guard steps.count <= 2,
        steps.allSatisfy({ step in
          !step.isEmpty && step.utf8.allSatisfy(ASCII.isAlphanumeric)
        }), let first = steps.first
      else { return nil }
      let name = String(first)
      if steps.count == 1 {
        members[name] = .some(nil)
      } else if case .some(let known) = members[name] {
        // A whole member swallows its parts.
        if let known { members[name] = known.union([String(steps[1])]) }
      } else {
        members[name] = [String(steps[1])]
      }
    }
  }

  /// The members that the documents of an answer have: as they were written, or as the contract says.
  package struct Sightings: Hashable, Sendable {
    fileprivate var names: Set<String> = []
    fileprivate var parts: [String: Set<String>] = [:]
    /// Members whose own members are named by data (`externalIds`).
    fileprivate var open: Set<String> = []

    package init() {}

    mutating func note(_ name: String) { names.insert(name) }

    mutating func note(_ name: String, of parent: String, isFixed: Bool) {
      if isFixed { parts[parent, default: []].insert(name) } else { open.insert(parent) }
    }
  }

  /// Names that no document of an answer has, and those that they have.
  package struct Unknown: Hashable, Sendable {
    package let names: [String]
    package let known: [String]
  }

  /// - Returns: `nil` if every name is known, and where no document says it: an empty list, a member that is null.
  func unknown(by sightings: Sightings) -> Unknown? {
    if sightings.names.isEmpty { return nil }
    var names: [String] = []
    var known: Set<String> = []
    for (name, parts) in members {
      guard sightings.names.contains(name) else {
        names.append(name)
        known.formUnion(sightings.names)
        continue
      }
      guard let parts, !sightings.open.contains(name), let there = sightings.parts[name] else { continue }
      let missing = parts.subtracting(there)
      if missing.isEmpty { continue }
      names += missing.map { "\(name).\($0)" }
      known.formUnion(there.map { "\(name).\($0)" })
    }
    return names.isEmpty ? nil : Unknown(names: names.sorted(), known: known.sorted())
  }

  func choice(of name: String) -> Choice {
    guard let entry = members[name] else { return .skip }
    return entry.map { .members($0) } ?? .whole
  }
}

/// Character classes of the protocols spoken here; `Character` properties would let other scripts in.
enum ASCII {
  static func isDigit(_ unit: UInt8) -> Bool { unit >= 0x30 && unit <= 0x39 }

  static func isAlphanumeric(_ unit: UInt8) -> Bool {
    isDigit(unit) || (unit | 0x20 >= 0x61 && unit | 0x20 <= 0x7A)
  }
}

enum Hexadecimal {
  static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }

  static func value(_ unit: UInt8) -> UInt8? {
    switch unit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): unit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): unit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): unit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    var units: [UInt8] = []
    for byte in bytes {
      units.append(digit(byte >> 4))
      units.append(digit(byte & 0x0F))
    }
    return String(decoding: units, as: UTF8.self)
  }
}
