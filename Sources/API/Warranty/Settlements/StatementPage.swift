import Domain

/// The statement as a page to be printed on A4 and signed (SET-10): amounts in figures and, for what is paid, in financial capitals
/// (人民币大写), boxes for signature and seal, the hash that proves what was signed. No script, nothing from elsewhere, everything
/// that somebody wrote escaped.
enum StatementPage {
  static func bytes(of settlement: Settlement, at station: Station) -> [UInt8] {
    let figures = settlement.figures
    func money(_ minor: Int64) -> String { settlement.money(minor).amount }
    var page = """
      <!DOCTYPE html>
      <html lang="zh-CN">
      <head>
      <meta charset="utf-8">
      <title>\(escaped("服务站结算单 \(settlement.number)"))</title>
      <style>
      @page { size: A4; margin: 15mm }
      body { font: 10.5pt/1.5 "Noto Sans CJK SC", "Microsoft YaHei", "SimSun", sans-serif; color: #000; max-width: 190mm; margin: 0 auto }
      h1 { font-size: 16pt; text-align: center; margin: 0 }
      .sub { text-align: center; margin: 0 0 4mm }
      table { border-collapse: collapse; width: 100%; margin: 3mm 0; page-break-inside: auto }
      tr { page-break-inside: avoid }
      thead { display: table-header-group }
      th, td { border: 0.3mm solid #000; padding: 1mm 1.5mm; text-align: left; vertical-align: top }
      .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
      .plain td, .plain th { border: 0 }
      .sign td { height: 28mm; width: 20% }
      .hash { font: 8pt monospace; word-break: break-all }
      .out { text-decoration: line-through }
      </style>
      </head>
      <body>
      <h1>服务站费用结算单</h1>
      <p class="sub">Settlement statement</p>
      <table class="plain">
      <tr><th>结算单号 Number</th><td>\(escaped(settlement.number))</td><th>状态 State</th><td>\(name(of: settlement.state))</td></tr>
      <tr><th>服务站 Station</th><td>\(escaped("\(station.code) \(station.profile.name)"))</td>\
      <th>币种 Currency</th><td>\(settlement.currency.rawValue)</td></tr>
      <tr><th>结算期间 Period</th><td>\(settlement.periodFrom) — \(settlement.periodTo)</td>\
      <th>应付日期 Due</th><td>\(settlement.dueOn.map(\.description) ?? "—")</td></tr>
      </table>
      <table>
      <thead><tr><th>序号</th><th>日期</th><th>类别</th><th>来源单据</th><th>摘要</th><th>金额</th></tr></thead>
      <tbody>
      <tr><td></td><td>\(settlement.periodFrom)</td><td colspan="3">期初余额 Opening balance</td>\
      <td class="number">\(money(figures.opening))</td></tr>

      """
    for line in settlement.included { page += row(line) }
    page += """
      <tr><td colspan="5">本期合计(\(settlement.included.count) 项)Items</td><td class="number">\(money(figures.items))</td></tr>
      <tr><td colspan="5">预收款抵扣 Advance used</td><td class="number">\(money(figures.advance))</td></tr>
      <tr><th colspan="5">本期应付 Payment</th><th class="number">\(money(figures.payment))</th></tr>
      <tr><th colspan="2">大写 In words</th><th colspan="4">\(escaped(ChineseAmount.text(settlement.money(figures.payment))))</th></tr>
      <tr><td colspan="5">期末余额 Closing balance</td><td class="number">\(money(figures.closing))</td></tr>
      </tbody>
      </table>
      <p>正数为厂家应付服务站,负数为服务站应付厂家。取整规则:\(rounding(settlement.terms?.rounding)),精确到分。</p>

      """
    let disputed = settlement.lines.filter { $0.state == .disputed }
    if !disputed.isEmpty {
      page += "<h2>异议项目(不计入本期)Disputed lines</h2>\n<table>\n<tbody>\n"
      for line in disputed { page += row(line) }
      page += "</tbody>\n</table>\n"
    }
    page += """
      <table class="sign">
      <tr><td>服务站(签字、盖章)Station\(signed(settlement.steps[.confirm]))</td>\
      <td>制单 Compiled\(signed(settlement.steps[.compile]))</td>\
      <td>审核 Audited\(signed(settlement.steps[.audit]))</td>\
      <td>批准 Approved\(signed(settlement.steps[.approve]))</td>\
      <td>付款 Paid\(signed(settlement.steps[.pay]))</td></tr>
      </table>
      <p class="hash">SHA-256 \(settlement.contentHash ?? "—")</p>
      </body>
      </html>

      """
    return Array(page.utf8)
  }

  private static func row(_ line: Settlement.Line) -> String {
    let item = line.item
    let source = [item.source.number, item.line.map { "#\($0)" }].compactMap { $0 }.joined(separator: " ")
    let reason = line.reason.map { "<br>异议:\(escaped($0))" } ?? ""
    return """
      <tr><td>\(line.number)</td><td>\(item.occurredOn)</td><td>\(name(of: item.kind))</td><td>\(escaped(source))</td>\
      <td>\(escaped(item.description))\(reason)</td><td class="number">\(item.amount.amount)</td></tr>

      """
  }

  private static func signed(_ step: Settlement.Step?) -> String {
    step.map { "<br>\(escaped($0.by.name))<br>\(ReportPeriod.day(of: $0.at))" } ?? ""
  }

  private static func name(of state: Settlement.State) -> String {
    switch state {
    case .draft: "草稿"
    case .compiled: "已编制"
    case .stationConfirmed: "服务站已确认"
    case .audited: "已审核"
    case .approved: "已批准"
    case .paid: "已付款"
    case .closed: "已关闭"
    case .cancelled: "已取消"
    }
  }

  private static func name(of kind: PayableItem.Kind) -> String {
    switch kind {
    case .claim: "索赔"
    case .penalty: "罚款"
    case .reward: "奖励"
    case .partsCompensation: "备件赔偿"
    case .partsInvoice: "备件货款"
    case .oldPartReversal: "旧件扣回"
    case .adjustment: "调整"
    case .payment: "服务站付款"
    }
  }

  private static func rounding(_ rule: SettlementPolicy.Rounding?) -> String {
    switch rule {
    case .halfUp: "四舍五入"
    case .halfEven: "四舍六入五成双"
    case nil: "—"
    }
  }

  private static func escaped(_ text: String) -> String { ReportChart.escaped(text) }
}
