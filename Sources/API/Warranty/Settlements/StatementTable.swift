import Domain

/// Statements as CSV (RFC 4180): UTF-8, CRLF, one line of names, one line a row, what they are about before that in lines that begin
/// with `#`. Text that a spreadsheet would take for a formula is made harmless (`ReportTable.harmless`); amounts are numbers.
enum StatementTable {
  static func bytes(of statement: AccountStatement) -> [UInt8] {
    var text = ""
    text += comment("account", statement.account.code)
    text += comment("currency", statement.account.currency.rawValue)
    text += comment("from", statement.from.description)
    text += comment("to", statement.to.description)
    text += comment("opening", statement.opening.amount)
    text += comment("closing", statement.closing.amount)
    text += row(["occurredOn", "number", "kind", "description", "sourceNumber", "amount", "balance"].map(quoted))
    for line in statement.lines {
      text += row([
        quoted(line.occurredOn.description), quoted(line.number), quoted(line.kind.rawValue), cell(line.description),
        cell(line.sourceNumber ?? ""), line.amount.amount, line.balance.amount,
      ])
    }
    return Array(text.utf8)
  }

  static func bytes(of settlement: Settlement, at station: Station) -> [UInt8] {
    let figures = settlement.figures
    var text = ""
    text += comment("settlement", settlement.number)
    text += comment("station", "\(station.code) \(ReportTable.harmless(station.profile.name))")
    text += comment("periodFrom", settlement.periodFrom.description)
    text += comment("periodTo", settlement.periodTo.description)
    text += comment("state", settlement.state.rawValue)
    text += comment("currency", settlement.currency.rawValue)
    text += comment("rounding", settlement.terms?.rounding.rawValue ?? "")
    text += comment("opening", settlement.money(figures.opening).amount)
    text += comment("items", settlement.money(figures.items).amount)
    text += comment("advance", settlement.money(figures.advance).amount)
    text += comment("payment", settlement.money(figures.payment).amount)
    text += comment("closing", settlement.money(figures.closing).amount)
    text += comment("contentHash", settlement.contentHash ?? "")
    text += row(
      [
        "number", "state", "occurredOn", "kind", "sourceResource", "sourceNumber", "sourceLine", "description",
        "amount",
        "itemId", "entryId",
      ].map(quoted))
    for line in settlement.lines {
      let item = line.item
      text += row([
        "\(line.number)", quoted(line.state.rawValue), quoted(item.occurredOn.description), quoted(item.kind.rawValue),
        quoted(item.source.resource.rawValue), cell(item.source.number ?? ""), item.line.map { "\($0)" } ?? "",
        cell(item.description), item.amount.amount, quoted(item.id.description), quoted(item.entryID.description),
      ])
    }
    return Array(text.utf8)
  }

  private static func comment(_ name: String, _ value: String) -> String {
    "# \(name): \(String(value.map { $0.isNewline ? " " : $0 }))\r\n"
  }

  private static func row(_ cells: [String]) -> String { cells.joined(separator: ",") + "\r\n" }

  /// What somebody wrote.
  private static func cell(_ text: String) -> String { quoted(ReportTable.harmless(text)) }

  private static func quoted(_ text: String) -> String { ReportTable.quoted(text) }
}
