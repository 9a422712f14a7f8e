/// Masks for personal data of customers outside the station that serves them, and for roles without
/// `customers:readPersonal` (SEC-04). The usual forms of GB/T 35273: enough to recognise a customer on the telephone,
/// not enough to call him. A mask never shows how long the hidden part is, but for numbers of fixed length.
package enum PersonalData {
  /// What stands for something of which nothing is shown.
  package static let hidden = "***"

  /// `张三` → `张*`, `欧阳娜娜` → `欧阳*`, `John Smith` → `J***`. A name of one character is hidden whole.
  package static func name(_ name: String) -> String {
    let characters = name.filter { !$0.isWhitespace }
    guard let first = characters.first, characters.count > 1 else { return isHan(name.first) ? "*" : hidden }
    guard isHan(first) else { return "\(first)\(hidden)" }
    let surname = characters.prefix(2)
    return (characters.count > 2 && compoundSurnames.contains(String(surname))) ? "\(surname)*" : "\(first)*"
  }

  /// Chinese mobiles `13812345678`, `+86 138-1234-5678` → `138****5678`; any other number keeps its last four digits,
  /// and one with less than seven digits none.
  package static func phone(_ phone: String) -> String {
    let digits = phone.compactMap { $0.wholeNumberValue.map { Character("\($0)") } }
    let national =
      ["0086", "86"].first { digits.starts(with: $0) && digits.count == 11 + $0.count }
      .map { Array(digits.dropFirst($0.count)) } ?? digits
    if national.count == 11, national[0] == "1", "3456789".contains(national[1]) {
      return String(national.prefix(3)) + "****" + String(national.suffix(4))
    }
    return national.count >= 7 ? "****" + String(national.suffix(4)) : "****"
  }

  /// `anna.li@example.com` → `a***@example.com`. Without a local part of two characters nothing of it is shown.
  package static func email(_ email: String) -> String {
    guard let at = email.lastIndex(of: "@"), email.index(after: at) < email.endIndex else { return hidden }
    let local = email[..<at]
    let shown = local.count > 1 ? String(local.prefix(1)) : ""
    return shown + hidden + email[at...]
  }

  /// `辽宁省沈阳市大东区东塔街3号` → `沈阳市***`. Where no city can be told from the text, and none is known, `***`.
  /// - Parameter city: the city, when the address is kept in parts.
  package static func address(_ address: String, city: String? = nil) -> String {
    "\(city ?? chineseCity(in: address) ?? "")\(hidden)"
  }

  /// Resident identity numbers: 18 and 15 characters keep the first six and the last four; any other paper is hidden
  /// whole.
  package static func identityNumber(_ number: String) -> String {
    let characters = number.filter { !$0.isWhitespace }
    let body = characters.count == 18 ? characters.dropLast() : Substring(characters)
    guard [15, 18].contains(characters.count), body.allSatisfy({ $0.isASCII && $0.isNumber }),
      characters.last.map({ $0.isNumber || $0 == "X" || $0 == "x" }) ?? false
    else { return hidden }
    return characters.prefix(6) + String(repeating: "*", count: characters.count - 10) + characters.suffix(4)
  }

  /// Two to six characters that end with 市, after the province; a 市 further on belongs to a street or a shop.
  private static func chineseCity(in address: String) -> String? {
    var rest = address.filter { !$0.isWhitespace }[...]
    for country in ["中华人民共和国", "中国"] where rest.hasPrefix(country) { rest = rest.dropFirst(country.count) }
    for province in ["自治区", "省"] {
      if let after = end(of: province, in: rest, within: 9) {
        rest = rest[after...]
        break
      }
    }
    guard let after = end(of: "市", in: rest, within: 7) else { return nil }
    let city = rest[..<after]
    let isPlain = city.allSatisfy { isHan($0) && !"路街道巷弄号村楼室镇县区".contains($0) }
    return city.count >= 3 && isPlain ? String(city) : nil
  }

  /// The index behind the first occurrence of `marker` that ends within so many characters.
  private static func end(of marker: String, in text: Substring, within limit: Int) -> Substring.Index? {
    var index = text.startIndex
    for _ in 0..<limit where index < text.endIndex {
      if text[index...].hasPrefix(marker) { return text.index(index, offsetBy: marker.count) }
      index = text.index(after: index)
    }
    return nil
  }

  private static func isHan(_ character: Character?) -> Bool {
    guard let scalar = character?.unicodeScalars.first else { return false }
    return scalar.properties.isIdeographic
  }

  private static let compoundSurnames: Set<String> = [
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒", "夏侯", "端木", "南宫", "长孙", "宇文",
    "轩辕", "百里", "呼延", "东郭", "西门", "独孤", "澹台", "闻人", "申屠", "太史", "万俟", "濮阳", "赫连", "钟离",
  ]
}
