import Domain
import Testing

@Suite("Vehicle identification numbers")
struct VINTests {
  private func codes(_ text: String) -> [Violation.Code] {
    do throws(Refusal) {
      _ = try VIN(text)
      return []
    } catch {
      guard case .invalid(let found) = error else { return [] }
      return found.map(\.code)
    }
  }

  @Test("takes lower case and writes upper case (ISO 3779)")
  func upperCase() throws {
    let vin = try VIN("1m8gdm9axkp042788")
    #expect(vin.text == "1M8GDM9AXKP042788")
    #expect(vin.wmi == "1M8")
    #expect(vin.vds == "GDM9AX")
    #expect(vin.vis == "KP042788")
    #expect(try VIN("1M8GDM9AXKP042788") == vin)
  }

  @Test("refuses what cannot be a VIN, with every reason at once (C-09)")
  func refuses() {
    #expect(codes("") == [.tooShort])
    #expect(codes("1M8GDM9AXKP04278") == [.tooShort])
    #expect(codes("1M8GDM9AXKP0427888") == [.tooLong])
    for letter in ["I", "O", "Q", "i", "o", "q", " ", "-", "Ä", "车", "１", "\0", "\r\n", "e\u{301}"] {
      #expect(codes("1M8GDM9AX" + letter + "P042788") == [.invalidFormat])
    }
    #expect(codes("1M8GDM9AXIOQ") == [.tooShort, .invalidFormat, .invalidFormat, .invalidFormat])
    #expect(codes(" 1M8GDM9AXKP042788") == [.tooLong, .invalidFormat])
  }

  @Test("the check digit of the published examples")
  func examples() throws {
    #expect(try VIN("1M8GDM9AXKP042788").checkDigit == .valid)
    #expect(try VIN("11111111111111111").checkDigit == .valid)
    #expect(try VIN("5GZCZ43D13S812715").checkDigit == .valid)
    let wrong = try VIN("1M8GDM9A1KP042788")
    #expect(wrong.checkDigit == .mismatch(expected: "X"))
    #expect(wrong.warnings == [.checkDigitMismatch(expected: "X", found: "1")])
    #expect(wrong.warnings.first?.sentence.contains("X") == true)
  }

  @Test("a check digit is asked for only where the market demands one")
  func applicability() throws {
    // China, GB 16735.
    #expect(try VIN("LSYYBACC0AK000001").demandsCheckDigit)
    #expect(try VIN("7SAYGDEE1PA000001").demandsCheckDigit)
    for european in ["WVWZZZ1KZ8W000001", "VF1AAAAA555900000", "ZFA31200000000001", "SALLAAA13AA000001"] {
      let vin = try VIN(european)
      #expect(vin.checkDigit == .notApplicable)
      #expect(vin.warnings.isEmpty)
    }
    #expect(try VIN("JTEZU11F88K007763").checkDigit == .notApplicable)
    #expect(try VIN("JTEZU11F88K007763").hasMatchingCheckDigit)
    #expect(try VIN("7A800000000000001").checkDigit == .notApplicable)
  }

  @Test(
    "country and region by the first two characters (ISO 3780)",
    arguments: [
      ("1F", "US", .northAmerica), ("2T", "CA", .northAmerica), ("3V", "MX", .northAmerica),
      ("5N", "US", .northAmerica), ("7S", "US", .northAmerica), ("7A", "NZ", .oceania), ("6G", "AU", .oceania),
      ("93", "BR", .southAmerica), ("8A", "AR", .southAmerica), ("JT", "JP", .asia), ("KM", "KR", .asia),
      ("LS", "CN", .asia), ("L0", "CN", .asia), ("MA", "IN", .asia), ("RF", "TW", .asia), ("SA", "GB", .europe),
      ("SN", "DE", .europe), ("TM", "CZ", .europe), ("VF", "FR", .europe), ("VS", "ES", .europe),
      ("W0", "DE", .europe), ("YV", "SE", .europe), ("ZF", "IT", .europe), ("AF", "ZA", .africa),
      ("00", nil, nil), ("A0", nil, .africa),
    ] as [(String, String?, VIN.Region?)])
  func origin(start: String, country: String?, region: VIN.Region?) throws {
    let vin = try VIN(start + "800000000000001")
    #expect(vin.country == country)
    #expect(vin.manufacturerRegion == region)
  }

  @Test("the model year repeats every 30 years and knows no I, O, Q, U, Z and 0")
  func modelYears() throws {
    func years(_ code: Character, _ last: Int = 2027) throws -> [Int] {
      try VIN("1M8GDM9AX\(code)P042788").modelYears(upTo: last)
    }
    #expect(try years("A") == [1980, 2010])
    #expect(try years("K") == [1989, 2019])
    #expect(try years("Y") == [2000])
    #expect(try years("1") == [2001])
    #expect(try years("9") == [2009])
    #expect(try years("9", 2039) == [2009, 2039])
    #expect(try years("A", 1970) == [])
    for code in "UZ0" { #expect(try years(code) == []) }
  }
}
