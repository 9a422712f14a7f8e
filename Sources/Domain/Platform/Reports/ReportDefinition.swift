/// What a report is: its columns, its figures, which time it is about, who may read it live. The catalogue publishes it.
package struct ReportDefinition: Sendable {
  package enum ValueKind: String, Hashable, Sendable, CaseIterable {
    case text, integer, percent, instant, boolean
  }

  package struct Column: Hashable, Sendable {
    package let name: String
    package let kind: ValueKind
    package let description: String

    package init(_ name: String, _ kind: ValueKind, _ description: String) {
      self.name = name
      self.kind = kind
      self.description = description
    }
  }

  /// A number that the rows come to.
  package struct Figure: Hashable, Sendable {
    package enum Rule: Hashable, Sendable {
      /// Rows whose columns hold these values.
      case count([String: ReportValue])
      /// Rows that have a value there.
      case present(String)
      case sum(String)
    }

    package let name: String
    package let description: String
    let rule: Rule

    package init(_ name: String, _ description: String, _ rule: Rule) {
      self.name = name
      self.description = description
      self.rule = rule
    }

    func value(of rows: [[ReportValue]], _ definition: ReportDefinition) -> Int {
      func place(_ column: String) -> Int? { definition.columns.firstIndex { $0.name == column } }
      switch rule {
      case .count(let wanted):
        let places = wanted.compactMap { column, value in place(column).map { ($0, value) } }
        guard places.count == wanted.count else { return 0 }
        return rows.count { row in places.allSatisfy { row[$0.0] == $0.1 } }
      case .present(let column):
        guard let place = place(column) else { return 0 }
        return rows.count { $0[place] != .null }
      case .sum(let column):
        guard let place = place(column) else { return 0 }
        return rows.reduce(0) { sum, row in
          // Amounts may be so large that their sum is no number any more.
          if case .integer(let number) = row[place] { Int(Int64(sum).addingSaturating(Int64(number))) } else { sum }
        }
      }
    }
  }

  /// Which time a report is about.
  package enum Span: Hashable, Sendable {
    /// An instant; what it was earlier is read with `asOf`, so such a report is never issued.
    case instant
    case day
    case days(most: Int)
  }

  package enum Rhythm: String, Hashable, Sendable, CaseIterable {
    case daily, weekly, monthly

    /// The last period that is over on a day.
    package func lastPeriod(before today: CalendarDate) -> ReportPeriod {
      switch self {
      case .daily: return ReportPeriod(day: CalendarDate(daysSinceEpoch: today.daysSinceEpoch - 1))
      case .weekly:
        // 1970-01-01 was a Thursday.
        let monday = today.daysSinceEpoch - (today.daysSinceEpoch + 3) % 7
        return period(from: CalendarDate(daysSinceEpoch: monday - 7))
      case .monthly:
        let last = CalendarDate(daysSinceEpoch: today.daysSinceEpoch - Int64(today.day))
        return period(from: CalendarDate(daysSinceEpoch: last.daysSinceEpoch - Int64(last.day) + 1))
      }
    }

    /// The period that begins on this day.
    package func period(from first: CalendarDate) -> ReportPeriod {
      let length: Int64 =
        switch self {
        case .daily: 1
        case .weekly: 7
        case .monthly:
          switch first.month {
          case 2: first.year % 4 == 0 && (first.year % 100 != 0 || first.year % 400 == 0) ? 29 : 28
          case 4, 6, 9, 11: 30
          default: 31
          }
        }
      let before = CalendarDate(daysSinceEpoch: first.daysSinceEpoch + length)
      return ReportPeriod(from: first, before: before) ?? ReportPeriod(day: first)
    }
  }

  /// One bar a row.
  package struct Chart: Hashable, Sendable {
    package let title: String
    package let labels: [String]
    package let value: String
  }

  package let name: ReportName
  package let title: String
  package let titleEn: String
  package let description: String
  /// The requirements behind it.
  package let basis: String
  /// Of the documents that it counts: a live report shows nothing that their lists would not.
  package let permission: Permission
  package let span: Span
  package let columns: [Column]
  package let figures: [Figure]
  package let chart: Chart?
  /// When the product issues it by itself: when its calendar day, week from Monday or month is over (T-21); `nil`: never.
  package let rhythm: Rhythm?
  /// Who gets it unless somebody else is named: the departments concerned and leaders (CALL-08), or who leads the station.
  package let recipients: [Role]
  package static let stationRecipients: [Role] = [.stHead, .stServiceManager]

  /// Who gets it about one station: what a station reviews and submits goes to the department that it is made for.
  package var recipientsAtStation: [Role] {
    switch name {
    case .partsMonthly: Self.stationRecipients + [.stPartsSupervisor, .hqParts]
    case .complaintsDaily: Self.stationRecipients + [.stPartsSupervisor]
    case .backlog, .clockBreaches, .hotlineDaily, .mailRegister, .partsSupply, .partsUsage, .responseSpeed,
      .workOrderThroughput,
      .majorQualityDaily, .qualityMonthly, .qualityWeekly, .claimCost, .oldPartReturns, .supplierRecovery:
      Self.stationRecipients
    }
  }

  package var formats: [ReportFormat] { chart == nil ? [.json, .csv] : ReportFormat.allCases }

  package var isDaily: Bool { rhythm == .daily }

  package var isIssued: Bool { span != .instant }

  package static func of(_ name: ReportName) -> ReportDefinition {
    switch name {
    case .backlog: backlog
    case .clockBreaches: clockBreaches
    case .complaintsDaily: complaintsDaily
    case .hotlineDaily: hotlineDaily
    case .mailRegister: mailRegister
    case .partsMonthly: partsMonthly
    case .partsSupply: partsSupply
    case .partsUsage: partsUsage
    case .majorQualityDaily: majorQualityDaily
    case .qualityMonthly: qualityMonthly
    case .qualityWeekly: qualityWeekly
    case .responseSpeed: responseSpeed
    case .workOrderThroughput: workOrderThroughput
    case .claimCost: claimCost
    case .oldPartReturns: oldPartReturns
    case .supplierRecovery: supplierRecovery
    }
  }
}

extension ReportDefinition {
  private static let leaders: [Role] = [.hqService, .hqServiceHead, .hqExec]
  private static let longest = Span.days(most: 366)

  private static let hotlineDaily = ReportDefinition(
    name: .hotlineDaily, title: "售后服务电话接听日报表", titleEn: "After-sales call daily report",
    description:
      "Every request of the day that was spoken (hotline, telephone, counter), and those of earlier days that were still open or came to their end on it.",
    basis: "CALL-06, CALL-08, CALL-09, CALL-20, T-21, F-10", permission: .serviceRequestsRead, span: .day,
    columns: registerColumns, figures: registerFigures, chart: nil, rhythm: .daily, recipients: leaders + [.callCentre])

  /// In writing to the heads of the shops and of parts, with a copy to the leaders (CMP-10). No names, numbers or words of customers.
  private static let complaintsDaily = ReportDefinition(
    name: .complaintsDaily, title: "投诉处理日通报", titleEn: "Daily report of complaints and how they were handled",
    description:
      "Every complaint that came on the day, and those of earlier days that were still open or came to their end on it, with what was found, promised and done.",
    basis: "CMP-10, CMP-15, CMP-18", permission: .complaintsRead, span: .day,
    columns: [
      Column("number", .text, "The complaint."),
      Column("section", .text, "`received` on the day, or `carriedOver` from before it."),
      Column("receivedAt", .instant, "When it was registered."),
      Column("station", .text, "Code of the station that has it; empty for headquarters."),
      Column("channel", .text, "How it came (CMP-02)."),
      Column("kind", .text, "`general` or `major`."),
      Column("level", .text, "Of a major one."),
      Column("category", .text, "What the customer complains about (CMP-14)."),
      Column("component", .text, "What of the vehicle it is about."),
      Column("model", .text, "Code of the vehicle model."),
      Column("state", .text, "Its state."),
      Column("open", .boolean, "Whether somebody still has to do something."),
      Column("department", .text, "Who has it in hands (CMP-03)."),
      Column("escalation", .text, "How far up it went."),
      Column("cause", .text, "What was found (CMP-07)."),
      Column("solutions", .integer, "Solutions that were offered (CMP-05)."),
      Column("refusals", .integer, "Solutions that the customer refused."),
      Column("promisedAt", .instant, "When it is to be solved, as he was told (CMP-06)."),
      Column("resolvedAt", .instant, "When it was solved."),
      Column("inTime", .boolean, "Whether that kept the promise; empty before it is solved."),
      Column("satisfied", .boolean, "What he said when he was asked again (CMP-08)."),
      Column("reopenings", .integer, "How often it was opened again."),
      Column("closedAt", .instant, "When it was closed."),
    ],
    figures: [
      Figure("received", "Received on the day.", .count(["section": .text("received")])),
      Figure("carriedOver", "From before it.", .count(["section": .text("carriedOver")])),
      Figure("major", "Major ones.", .count(["kind": .text("major")])),
      Figure("open", "Still open.", .count(["open": .boolean(true)])),
      Figure("resolved", "Solved.", .present("resolvedAt")),
      Figure("late", "Solved later than promised.", .count(["inTime": .boolean(false)])),
      Figure("unsatisfied", "Solved, and the customer is not satisfied.", .count(["satisfied": .boolean(false)])),
      Figure("closed", "Closed.", .present("closedAt")),
    ], chart: nil, rhythm: .daily, recipients: leaders + [.hqParts])

  private static let mailRegister = ReportDefinition(
    name: .mailRegister, title: "售后E-mail(传真或信件)接收处理记录",
    titleEn: "After-sales e-mail, fax and letter register",
    description:
      "Every request of the period that came in writing (e-mail, fax, letter, online), and those received earlier that were still open or came to their end in it.",
    basis: "CALL-07, CALL-08, CALL-09, F-11", permission: .serviceRequestsRead, span: .days(most: 92),
    columns: registerColumns, figures: registerFigures, chart: nil, rhythm: .daily, recipients: leaders + [.callCentre])

  /// No names, numbers or words of customers: those stand on the request, under its own rules (SEC-04).
  private static let registerColumns: [Column] = [
    Column("number", .text, "The request."),
    Column("section", .text, "`received` in the period, or `carriedOver` from before it."),
    Column("receivedAt", .instant, "When it was registered."),
    Column("receivedBy", .text, "Who registered it."),
    Column("registeredStation", .text, "Code of the station that registered it; empty for headquarters."),
    Column("medium", .text, "How it came."),
    Column("source", .text, "Who brought it."),
    Column("kind", .text, "What it is about."),
    Column("urgency", .text, "How urgent it is."),
    Column("city", .text, "Where."),
    Column("state", .text, "Its state."),
    Column("open", .boolean, "Whether somebody still has to do something."),
    Column("forwardedTo", .text, "The supervisor who got it (CALL-14)."),
    Column("station", .text, "Code of the station that has it or had it last."),
    Column("dispatches", .integer, "How often it was dispatched."),
    Column("firstResponseAt", .instant, "When somebody first did something for the caller."),
    Column("responseMinutes", .integer, "Whole minutes from its registration until then."),
    Column(
      "inTime", .boolean, "Whether that kept to the policy `clocks` (T-09); empty where nothing is due or not yet."),
    Column("escalatedAt", .instant, "When it last became a pending customer order of After-Sales (CALL-06)."),
    Column("resolvedAt", .instant, "When its result was registered."),
    Column("byPhone", .boolean, "Whether it was solved without any station (CALL-17); empty while it is not."),
    Column("stationToldAt", .instant, "When the station got the result (CALL-09)."),
    Column("customerToldAt", .instant, "When the customer got it."),
    Column("calledBackAt", .instant, "When the customer was called back (CALL-18)."),
    Column("satisfied", .boolean, "What he said then."),
    Column("rating", .integer, "1 to 5."),
    Column("closedAt", .instant, "When it was closed."),
  ]

  private static let registerFigures: [Figure] = [
    Figure("received", "Registered in the period.", .count(["section": .text("received")])),
    Figure("carriedOver", "From before it.", .count(["section": .text("carriedOver")])),
    Figure("repair", "Repair calls among those received.", received("repair")),
    Figure("installation", "Installations among them.", received("installation")),
    Figure("rescue", "Rescues among them.", received("rescue")),
    Figure("consultation", "Consultations among them.", received("consultation")),
    Figure("complaint", "Complaints among them.", received("complaint")),
    Figure("answeredInTime", "First response within the policy's time.", .count(["inTime": .boolean(true)])),
    Figure("answeredLate", "Later, or not yet though due.", .count(["inTime": .boolean(false)])),
    Figure("resolvedByPhone", "Solved without a station.", .count(["byPhone": .boolean(true)])),
    Figure("resolvedByStation", "Solved by a station.", .count(["byPhone": .boolean(false)])),
    Figure("pendingOrders", "Pending customer orders of After-Sales.", .count(["state": .text("escalated")])),
    Figure("customersTold", "Customers who got the result.", .present("customerToldAt")),
    Figure("stationsTold", "Stations that got it.", .present("stationToldAt")),
    Figure("calledBack", "Customers who were called back.", .present("calledBackAt")),
    Figure("satisfied", "Who were satisfied.", .count(["satisfied": .boolean(true)])),
    Figure("notSatisfied", "Who were not.", .count(["satisfied": .boolean(false)])),
    Figure("open", "Still open.", .count(["open": .boolean(true)])),
    Figure("closed", "Closed.", .count(["state": .text("closed")])),
  ]

  private static func received(_ kind: String) -> Figure.Rule {
    .count(["section": .text("received"), "kind": .text(kind)])
  }

  private static let responseSpeed = ReportDefinition(
    name: .responseSpeed, title: "响应速度", titleEn: "Response speed per station",
    description:
      "Repair calls, installations and rescues of the period by the station that has them: how fast somebody responded, was on site and cleared the fault, against the policy `clocks`.",
    basis: "CALL-04, CALL-11, CALL-12, CALL-13, ANA-11, T-09, T-10, T-11", permission: .serviceRequestsRead,
    span: longest,
    columns: stationColumns + [
      Column("calls", .integer, "Received in the period."),
      Column("responded", .integer, "With a first response."),
      Column("inTime", .integer, "Within the policy's time (T-09)."),
      Column("late", .integer, "Later, or not yet though due."),
      Column("inTimePercent", .percent, "Of those that are one or the other."),
      Column("averageMinutes", .integer, "From registration to first response, rounded."),
      Column("medianMinutes", .integer, "Half of them were faster."),
      Column("ninetiethMinutes", .integer, "Nine of ten were faster."),
      Column("averageAcceptMinutes", .integer, "From dispatch to the station's acceptance."),
      Column("arrivals", .integer, "Arrivals on site."),
      Column("arrivedInTime", .integer, "Within the policy's time (T-10, T-14)."),
      Column("averageArrivalMinutes", .integer, "From registration to arrival."),
      Column("cleared", .integer, "Faults cleared."),
      Column("clearedInTime", .integer, "Within the policy's time since the service began (T-11)."),
    ],
    figures: sums("calls", "responded", "inTime", "late", "arrivals", "arrivedInTime", "cleared", "clearedInTime"),
    chart: Chart(title: "First response in time, %", labels: ["station"], value: "inTimePercent"), rhythm: nil,
    recipients: leaders)

  private static let backlog = ReportDefinition(
    name: .backlog, title: "积压情况", titleEn: "Backlog per station",
    description:
      "What is open at the instant: requests, work orders and deadlines, with what falls due within a day. Earlier instants: `asOf`.",
    basis: "CALL-03, CALL-04, ANA-11", permission: .clocksRead, span: .instant,
    columns: stationColumns + [
      Column("openRequests", .integer, "Service requests that have not ended."),
      Column("requestsAtDesk", .integer, "Of them those in no station's hands."),
      Column("oldestRequestHours", .integer, "Age of the oldest, in whole hours."),
      Column("openOrders", .integer, "Work orders that have not ended."),
      Column("ordersPastPromise", .integer, "Of them those undelivered behind their promised time."),
      Column("openClocks", .integer, "Deadlines that run or stand."),
      Column("overdueClocks", .integer, "Of them those missed already."),
      Column("dueWithinDay", .integer, "Of them those that will be missed within 24 hours unless they are met."),
    ],
    figures: sums(
      "openRequests", "requestsAtDesk", "openOrders", "ordersPastPromise", "openClocks", "overdueClocks",
      "dueWithinDay"),
    chart: Chart(title: "Overdue deadlines", labels: ["station"], value: "overdueClocks"), rhythm: nil,
    recipients: [])

  private static let clockBreaches = ReportDefinition(
    name: .clockBreaches, title: "超时情况", titleEn: "Deadlines kept and missed per station",
    description: "Clocks that were started in the period, by station and kind.",
    basis: "CALL-04, ANA-11, ORG-K-SM-4", permission: .clocksRead, span: longest,
    columns: stationColumns + [
      Column("kind", .text, "What is watched."),
      Column("started", .integer, "Clocks started in the period."),
      Column("inTime", .integer, "Met in time."),
      Column("late", .integer, "Met after the deadline."),
      Column("overdue", .integer, "Missed and not met yet."),
      Column("running", .integer, "Neither met nor missed yet."),
      Column("cancelled", .integer, "No longer of interest."),
      Column("inTimePercent", .percent, "Of those met or missed."),
      Column("averageLatenessMinutes", .integer, "Of those met late, behind the deadline."),
      Column("escalated", .integer, "Those that climbed the ladder."),
    ],
    figures: sums("started", "inTime", "late", "overdue", "running", "cancelled", "escalated"),
    chart: Chart(title: "Deadlines kept, %", labels: ["station", "kind"], value: "inTimePercent"), rhythm: nil,
    recipients: leaders)

  private static let workOrderThroughput = ReportDefinition(
    name: .workOrderThroughput, title: "维修效率与返修率", titleEn: "Work orders: throughput and rework",
    description: "Work orders of the period by station: received, delivered, as promised, come back.",
    basis: "ANA-02, ANA-04, WO-47", permission: .workOrdersRead, span: longest,
    columns: stationColumns + [
      Column("received", .integer, "Opened in the period."),
      Column("delivered", .integer, "Delivered in it."),
      Column("promised", .integer, "Of those delivered, with a promised time."),
      Column("deliveredOnTime", .integer, "Of those, kept."),
      Column("averageHours", .integer, "From opening to delivery of those delivered, rounded."),
      Column("reworks", .integer, "Opened in the period as rework of an earlier order."),
      Column("reworkPercent", .percent, "Reworks to deliveries."),
      Column("inspections", .integer, "Quality inspections in the period."),
      Column("failedInspections", .integer, "Of them those not passed."),
    ],
    figures: sums(
      "received", "delivered", "promised", "deliveredOnTime", "reworks", "inspections", "failedInspections"),
    chart: Chart(title: "Orders delivered", labels: ["station"], value: "delivered"), rhythm: nil,
    recipients: leaders)

  private static let partsSupply = ReportDefinition(
    name: .partsSupply, title: "配件供应指标", titleEn: "Parts supply per station",
    description:
      "Parts orders submitted in the period by station: lines shipped within the days of their type, pieces in stock when availability was first asked for, vehicles off the road, and what left the store to what lies in it.",
    basis: "PO-05, PRT-06, G-06, ANA-10", permission: .partsOrdersRead, span: longest,
    columns: stationColumns + [
      Column("orders", .integer, "Orders submitted in the period."),
      Column("lines", .integer, "Their lines, replacements apart."),
      Column("onTime", .integer, "Shipped to the last piece within the days of the type of their order."),
      Column("late", .integer, "Later, or not yet though due."),
      Column("onTimePercent", .percent, "Of those that are one or the other."),
      Column("confirmed", .integer, "Pieces whose availability was asked for."),
      Column("filled", .integer, "Of them those in stock at that time."),
      Column("fillPercent", .percent, "Those to these."),
      Column("backordered", .integer, "Lines that wait for stock."),
      Column("vorOrders", .integer, "Orders for a vehicle off the road."),
      Column("vorDays", .integer, "Days that these vehicles have waited, begun ones counted."),
      Column("turnoverPercent", .percent, "Cost of what was issued and sold in the period, to the value of the store."),
    ],
    figures: sums("orders", "lines", "onTime", "late", "confirmed", "filled", "backordered", "vorOrders", "vorDays"),
    chart: Chart(title: "Lines supplied in time, %", labels: ["station"], value: "onTimePercent"), rhythm: nil,
    recipients: [.hqParts] + leaders)

  private static let partsMonthly = ReportDefinition(
    name: .partsMonthly, title: "配件月度报表", titleEn: "Monthly parts report",
    description:
      "What lay in the store of a station, came in and left, part by part, with what was ordered in the period and did not arrive as it should. The parts supervisor reviews it and submits it by issuing it.",
    basis: "ORG-K-PS-5, PRT-18, ANA-17, T-34, F-40", permission: .partsOrdersRead, span: .days(most: 31),
    columns: stationColumns + [
      Column("partNumber", .text, "The part."),
      Column("partName", .text, "Its name."),
      Column("opening", .integer, "On hand at the beginning."),
      Column("received", .integer, "Came in from headquarters, suppliers or other stations."),
      Column("issued", .integer, "To work orders."),
      Column("broughtBack", .integer, "Back from work orders."),
      Column("sold", .integer, "Over the counter."),
      Column("others", .integer, "Returned, transferred, scrapped, or found by a stocktake; with its sign."),
      Column("closing", .integer, "On hand at the end."),
      Column("ordered", .integer, "Ordered from headquarters in the period."),
      Column("short", .integer, "Of it what did not arrive."),
      Column("rejected", .integer, "Of it what arrived damaged, wrong or defective."),
    ],
    figures: sums(
      "opening", "received", "issued", "broughtBack", "sold", "others", "closing", "ordered", "short", "rejected"),
    chart: nil, rhythm: nil, recipients: [.hqParts])

  private static let partsUsage = ReportDefinition(
    name: .partsUsage, title: "配件使用情况", titleEn: "Parts usage per station",
    description:
      "What the jobs and the counter of a station used of each part in the period, and what lies there and is on its way: what planning goes by.",
    basis: "PRT-06, PRT-21, G-06", permission: .partsOrdersRead, span: longest,
    columns: stationColumns + [
      Column("partNumber", .text, "The part."),
      Column("partName", .text, "Its name."),
      Column("issued", .integer, "To work orders."),
      Column("broughtBack", .integer, "Back from work orders."),
      Column("sold", .integer, "Over the counter."),
      Column("takenBack", .integer, "Back from sales that were taken back."),
      Column("used", .integer, "Issued and sold, less what came back; with its sign."),
      Column("workOrders", .integer, "Work orders that it was issued to."),
      Column("onHand", .integer, "In the store now."),
      Column("onOrder", .integer, "On its way or ordered now."),
    ],
    figures: sums("issued", "broughtBack", "sold", "takenBack", "used", "workOrders"), chart: nil, rhythm: nil,
    recipients: [.hqParts])

  private static let majorQualityDaily = ReportDefinition(
    name: .majorQualityDaily, title: "售后服务部重大质量问题日报告", titleEn: "Daily report of major quality problems",
    description:
      "Every major quality problem, suspected or graded, that was reported on the day, and those of earlier days that were still open or came to their end on it, with how far each has come.",
    basis: "QI-23, QI-24, QI-28, T-19, T-21, F-13", permission: .qualityIssuesRead, span: .day,
    columns: [
      Column("number", .text, "The quality issue."),
      Column("section", .text, "`reported` on the day, or `carriedOver` from before it."),
      Column("reportedAt", .instant, "When it was reported."),
      Column("source", .text, "Where it came from (QI-02)."),
      Column("station", .text, "Code of the station; empty for headquarters."),
      Column("model", .text, "Code of the vehicle model."),
      Column("defects", .text, "Parts and faults, parted by semicolons."),
      Column("level", .text, "As it is graded; empty while nobody has confirmed it."),
      Column("proposedLevel", .text, "What the rules say of its facts."),
      Column("criteria", .text, "Which criteria they met, parted by blanks (QI-10…18d)."),
      Column("state", .text, "Its state."),
      Column("open", .boolean, "Whether somebody still has to do something."),
      Column("reports", .integer, "Reports of major quality information that were issued (F-12)."),
      Column("undelivered", .integer, "Recipients who have not got the last one."),
      Column("lastAction", .text, "What was done last on its way."),
      Column("lastActionAt", .instant, "When."),
      Column("measures", .integer, "Measures that were set."),
      Column("openMeasures", .integer, "Of them those that are neither done nor dropped."),
      Column("resolvedAt", .instant, "When its result was told."),
      Column("stationToldAt", .instant, "When the station received the result (QI-28)."),
      Column("customerToldAt", .instant, "When the customer did."),
      Column("closedAt", .instant, "When it was closed."),
    ],
    figures: [
      Figure("reported", "Reported on the day.", .count(["section": .text("reported")])),
      Figure("carriedOver", "From before it.", .count(["section": .text("carriedOver")])),
      Figure("level1", "Graded level 1.", .count(["level": .text("level1")])),
      Figure("level2", "Graded level 2.", .count(["level": .text("level2")])),
      Figure("level3", "Graded level 3.", .count(["level": .text("level3")])),
      Figure("pending", "Not confirmed yet.", .count(["state": .text("pendingConfirmation")])),
      Figure("open", "Still open.", .count(["open": .boolean(true)])),
      Figure("undelivered", "Reports that somebody has not got.", .sum("undelivered")),
      Figure("closed", "Closed.", .count(["state": .text("closed")])),
    ], chart: nil, rhythm: .daily, recipients: leaders + [.qa])

  private static let qualityWeekly = ReportDefinition(
    name: .qualityWeekly, title: "售后质量信息周汇总", titleEn: "Weekly summary of quality information",
    description:
      "Quality information of the period by model: what was reported, what of it is major, what is still open, for corrective action.",
    basis: "QI-31, QI-33, QI-39", permission: .qualityIssuesRead, span: .days(most: 31),
    columns: [
      Column("model", .text, "Code of the vehicle model; empty where it is not known."),
      Column("reported", .integer, "Reported in the period."),
      Column("fromOrders", .integer, "Of them records of delivered orders (WO-45)."),
      Column("fromComplaints", .integer, "Of them of complaints that were confirmed as major."),
      Column("fromEarlyWarning", .integer, "Of them signals of the early warning (A11)."),
      Column("level1", .integer, "Of them graded level 1."),
      Column("level2", .integer, "Of them graded level 2."),
      Column("level3", .integer, "Of them graded level 3."),
      Column("resolved", .integer, "Resolved in the period, whenever reported."),
      Column("closed", .integer, "Closed in the period, whenever reported."),
      Column("open", .integer, "Neither resolved nor closed, whenever reported."),
    ],
    figures: sums(
      "reported", "fromOrders", "fromComplaints", "fromEarlyWarning", "level1", "level2", "level3", "resolved",
      "closed",
      "open"),
    chart: Chart(title: "Quality information reported", labels: ["model"], value: "reported"), rhythm: .weekly,
    recipients: leaders + [.qa])

  private static let qualityMonthly = ReportDefinition(
    name: .qualityMonthly, title: "售后质量信息月度统计分析",
    titleEn: "Monthly statistics of quality with corrective actions",
    description:
      "Defects of the period by model, part and fault, with the corrective and preventive measures that stand against them.",
    basis: "QI-30, QI-31, QI-32, T-23", permission: .qualityIssuesRead, span: .days(most: 92),
    columns: [
      Column("model", .text, "Code of the vehicle model; empty where it is not known."),
      Column("partNumber", .text, "The part; empty where it is not known."),
      Column("faultCode", .text, "The fault; empty where it is not known."),
      Column("issues", .integer, "Quality information of the period that names the defect."),
      Column("major", .integer, "Of them major."),
      Column("resolved", .integer, "Of them resolved or closed by now."),
      Column("averageDays", .integer, "From report to result of those, rounded."),
      Column("corrective", .integer, "Corrective measures."),
      Column("preventive", .integer, "Preventive measures."),
      Column("done", .integer, "Measures that are done."),
      Column("overdue", .integer, "Measures past their day."),
      Column("effectiveness", .percent, "Average of those that were judged."),
    ],
    figures: sums("issues", "major", "resolved", "corrective", "preventive", "done", "overdue"),
    chart: Chart(
      title: "Quality information that names the defect", labels: ["model", "partNumber", "faultCode"],
      value: "issues"),
    rhythm: .monthly, recipients: leaders + [.qa])

  private static let oldPartReturns = ReportDefinition(
    name: .oldPartReturns, title: "旧件回收及时性与准确性", titleEn: "Old-part returns per station",
    description:
      "Old parts asked back in the period by station: shipped in time, late, overdue, and what their inspection found.",
    basis: "ANA-12, OLD-01, OLD-06, OLD-09, P-16", permission: .oldPartsRead, span: longest,
    columns: stationColumns + [
      Column("requested", .integer, "Asked back in the period."),
      Column("inTime", .integer, "Of them those shipped before their clock ran out."),
      Column("late", .integer, "Shipped after it."),
      Column("overdue", .integer, "Not shipped though it ran out."),
      Column("waiting", .integer, "Not shipped yet, and in time."),
      Column("timelyPercent", .percent, "Those in time, of those in time, late or overdue."),
      Column("inspected", .integer, "Inspected."),
      Column("asClaimed", .integer, "Of them those found as claimed."),
      Column("accuratePercent", .percent, "Those to these."),
    ],
    figures: sums("requested", "inTime", "late", "overdue", "waiting", "inspected", "asClaimed"),
    chart: Chart(title: "Old parts returned in time, %", labels: ["station"], value: "timelyPercent"), rhythm: nil,
    recipients: [.hqClaims] + leaders)

  private static let claimCost = ReportDefinition(
    name: .claimCost, title: "索赔费用统计表", titleEn: "Claim cost statistics",
    description:
      "Cost of the claims submitted in the period by month, station, vehicle model and component group: claimed, approved, refused, recovered from suppliers, and for each vehicle in operation. Amounts are in minor units (1/100) of the currency.",
    basis: "CLM-16", permission: .warrantyClaimsRead, span: longest,
    columns: [
      Column("month", .text, "Month in China in which the claims were submitted."),
      Column("station", .text, "Code of the station."),
      Column("stationName", .text, "Its name."),
      Column("model", .text, "Code of the vehicle model; empty where the claim names none."),
      Column("componentGroup", .text, "Of the causal part; empty where the claim names none."),
      Column("currency", .text, "Of the amounts."),
      Column("claims", .integer, "Claims with such an item."),
      Column("items", .integer, "Items of claims."),
      Column("claimedMinor", .integer, "What was asked for."),
      Column("approvedMinor", .integer, "What was approved of it."),
      Column("refusedMinor", .integer, "What was decided against."),
      Column(
        "recoveredMinor", .integer,
        "What suppliers have settled for these items; empty where there is nothing that the reader may see."),
      Column("netMinor", .integer, "What was approved, less what was recovered."),
      Column(
        "vehicles", .integer,
        "Vehicles of the model that were sold before the end of the period, over the whole network."),
      Column("costPerVehicleMinor", .integer, "What it came to for each of them, rounded."),
    ],
    figures: sums("items"),
    chart: Chart(
      title: "Approved, minor units", labels: ["month", "station", "model", "componentGroup"],
      value: "approvedMinor"), rhythm: .monthly, recipients: [.hqClaims, .finance] + leaders)

  private static let supplierRecovery = ReportDefinition(
    name: .supplierRecovery, title: "零部件供应商费用统计", titleEn: "Cost statistics per supplier",
    description:
      "Recoveries compiled in the period by supplier and currency: what the maker paid, what the contracts ask for, what was agreed and settled. Amounts are in minor units (1/100) of the currency.",
    basis: "ANA-19, CLM-13, SET-05", permission: .supplierRecoveriesRead, span: longest,
    columns: [
      Column("supplier", .text, "Code of the supplier."),
      Column("supplierName", .text, "Its name."),
      Column("currency", .text, "Of the amounts."),
      Column("recoveries", .integer, "Compiled in the period."),
      Column("items", .integer, "Items of claims in them."),
      Column("disputedItems", .integer, "Of them those that the supplier disputed."),
      Column("partsCostMinor", .integer, "What the maker paid for the parts."),
      Column("amountMinor", .integer, "What the contracts ask for."),
      Column("agreedMinor", .integer, "What both sides agreed on."),
      Column("settledMinor", .integer, "Of it what is settled."),
      Column("agreedPercent", .percent, "What was agreed, of what was asked for in the recoveries that are agreed."),
    ],
    figures: sums("recoveries", "items", "disputedItems"),
    chart: Chart(title: "Agreed, minor units", labels: ["supplier"], value: "agreedMinor"), rhythm: nil,
    recipients: [.hqClaims, .finance] + leaders)

  private static let stationColumns: [Column] = [
    Column("station", .text, "Code of the station; empty for headquarters."),
    Column("stationName", .text, "Its name."),
  ]

  private static func sums(_ columns: String...) -> [Figure] {
    columns.map { Figure($0, "Sum of the column.", .sum($0)) }
  }
}
