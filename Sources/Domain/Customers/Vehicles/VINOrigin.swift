/// Where a vehicle was made, by the first two characters (ISO 3780). An unassigned or unknown code is no error: codes
/// are given out every year.
extension VIN {
  package enum Region: String, CaseIterable, Hashable, Sendable {
    case africa, asia, europe, northAmerica, oceania, southAmerica
  }

  package var manufacturerRegion: Region? {
    switch text.first {
    case "A", "B", "C", "D", "E", "F", "G", "H": .africa
    case "J", "K", "L", "M", "N", "P", "R": .asia
    case "S", "T", "U", "V", "W", "X", "Y", "Z": .europe
    case "1", "2", "3", "4", "5": .northAmerica
    // 7A–7E is New Zealand; the rest went to the USA when its own codes ran out.
    case "7": country == "US" ? .northAmerica : .oceania
    case "6": .oceania
    case "8", "9": .southAmerica
    default: nil
    }
  }

  /// ISO 3166-1 alpha-2 code of the country that gave out the identifier.
  package var country: String? {
    let start = Array(text.utf8.prefix(2))
    guard start.count == 2 else { return nil }
    return Self.countries[UInt16(start[0]) << 8 | UInt16(start[1])]
  }

  /// By the two characters, the first in the high byte.
  private static let countries: [UInt16: String] = {
    // The order in which the second character is given out.
    let order = Array("ABCDEFGHJKLMNPRSTUVWXYZ1234567890".utf8)
    var found: [UInt16: String] = [:]
    for (first, line) in ranges {
      for range in line.split(separator: " ") {
        let bytes = Array(range.utf8)
        guard bytes.count == 6, let from = order.firstIndex(of: bytes[0]), let to = order.firstIndex(of: bytes[2]),
          from <= to
        else { continue }
        for second in order[from...to] {
          found[UInt16(first) << 8 | UInt16(second)] = String(decoding: bytes[4...], as: UTF8.self)
        }
      }
    }
    return found
  }()

  /// First character, then ranges of the second with their country.
  private static let ranges: KeyValuePairs<UInt8, String> = [
    UInt8(ascii: "A"): "A-H:ZA",
    UInt8(ascii: "B"): "A-E:AO F-K:KE L-R:TZ",
    UInt8(ascii: "C"): "A-E:BJ F-K:MG L-R:TN",
    UInt8(ascii: "D"): "A-E:EG F-K:MA L-R:ZM",
    UInt8(ascii: "E"): "A-E:ET F-K:MZ",
    UInt8(ascii: "F"): "A-E:GH F-K:NG",
    UInt8(ascii: "J"): "A-0:JP",
    UInt8(ascii: "K"): "A-E:LK F-K:IL L-R:KR",
    UInt8(ascii: "L"): "A-0:CN",
    UInt8(ascii: "M"): "A-E:IN F-K:ID L-R:TH Z-0:IN",
    UInt8(ascii: "N"): "A-E:IR F-G:PK L-R:TR",
    UInt8(ascii: "P"): "A-E:PH F-K:SG L-R:MY",
    UInt8(ascii: "R"): "A-E:AE F-K:TW L-M:VN S-T:SA 1-7:HK",
    UInt8(ascii: "S"): "A-M:GB N-T:DE U-Z:PL 1-2:LV",
    UInt8(ascii: "T"): "A-H:CH J-P:CZ R-V:HU W-2:PT",
    UInt8(ascii: "U"): "H-M:DK N-R:IE U-X:RO 5-7:SK",
    UInt8(ascii: "V"): "A-E:AT F-R:FR S-W:ES X-2:FR 3-5:HR 6-8:EE",
    UInt8(ascii: "W"): "A-0:DE",
    UInt8(ascii: "X"): "A-C:BG F-H:GR L-R:NL S-W:RU Z-0:RU",
    UInt8(ascii: "Y"): "A-E:BE F-K:FI S-W:SE X-2:NO 3-5:BY 6-8:UA",
    UInt8(ascii: "Z"): "A-U:IT X-Z:SI 3-5:LT 6-0:RU",
    UInt8(ascii: "1"): "A-0:US",
    UInt8(ascii: "2"): "A-0:CA",
    UInt8(ascii: "3"): "A-X:MX",
    UInt8(ascii: "4"): "A-0:US",
    UInt8(ascii: "5"): "A-0:US",
    UInt8(ascii: "6"): "A-X:AU Y-1:NZ",
    UInt8(ascii: "7"): "A-E:NZ F-0:US",
    UInt8(ascii: "8"): "A-E:AR F-J:CL L-N:EC S-T:PE X-Z:VE",
    UInt8(ascii: "9"): "A-E:BR F-J:CO L-N:PY S-V:UY 3-9:BR",
  ]
}
