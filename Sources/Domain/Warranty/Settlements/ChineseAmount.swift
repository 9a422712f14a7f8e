/// Amounts in Chinese financial capitals (人民币大写), as a paper that is signed for money states them beside the figures: the
/// forms of the rule for filling in bills (《支付结算办法》附一), 壹仟零贰拾叁元肆角伍分.
package enum ChineseAmount {
  private static let digits = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"]
  private static let places = ["", "拾", "佰", "仟"]
  private static let myriads = ["", "万", "亿", "万亿", "亿亿"]

  /// `人民币壹拾贰元叁角整`, `人民币负…` below zero; other currencies by their names.
  package static func text(_ money: Money) -> String {
    var text = name(money.currency)
    if money.minor < 0 { text += "负" }
    let magnitude = money.minor.magnitude
    let (yuan, jiao, fen) = (magnitude / 100, Int(magnitude / 10 % 10), Int(magnitude % 10))
    if yuan > 0 { text += whole(yuan) + "元" }
    switch (jiao, fen) {
    case (0, 0): return text + (yuan == 0 ? "零元整" : "整")
    case (_, 0): return text + digits[jiao] + "角整"
    // A missing tenth is said where there are whole ones before it.
    case (0, _): return text + (yuan > 0 ? "零" : "") + digits[fen] + "分"
    default: return text + digits[jiao] + "角" + digits[fen] + "分"
    }
  }

  private static func name(_ currency: Currency) -> String {
    switch currency {
    case .cny: "人民币"
    case .eur: "欧元"
    case .usd: "美元"
    }
  }

  private static func whole(_ value: UInt64) -> String {
    var groups: [Int] = []
    var rest = value
    while rest > 0 {
      groups.append(Int(rest % 10_000))
      rest /= 10_000
    }
    var text = ""
    var skipped = false
    for (place, group) in groups.enumerated().reversed() {
      if group == 0 {
        skipped = true
        continue
      }
      // A gap is said once, wherever digits are left out between two that are said.
      if !text.isEmpty, skipped || group < 1000 { text += "零" }
      text += thousands(group) + myriads[place]
      skipped = false
    }
    return text
  }

  /// 1…9999.
  private static func thousands(_ value: Int) -> String {
    var text = ""
    var gap = false
    for (place, unit) in [(3, 1000), (2, 100), (1, 10), (0, 1)] {
      let digit = value / unit % 10
      if digit == 0 {
        gap = !text.isEmpty
      } else {
        if gap { text += "零" }
        text += digits[digit] + places[place]
        gap = false
      }
    }
    return text
  }
}
