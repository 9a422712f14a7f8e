package import Domain
package import Services

/// The ledger over HTTP: entries, accounts, statements, positions (SET-02…04, SET-13, SET-14).
package struct LedgerRoutes: DocumentRoutes {
  package let service: LedgerService

  package init(_ service: LedgerService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .ledgerWrite, post)
    api.action("\(Self.template)/reverse", .ledgerReverse, status: 201, reverse)
    api.get("/v1/ledger/accounts", LedgerService.reading, accounts)
    api.get("/v1/ledger/accounts/{id}", LedgerService.reading, account)
    api.add(
      Operation(
        .get, "/v1/ledger/accounts/{id}/statement", .permission(LedgerService.reading), criticality: .list,
        produces: [PaperFormat.json, .csv].map(\.rawValue)), statement)
    api.get("/v1/stations/{id}/position", LedgerService.reading, position)
    for type in [
      ProblemType(
        "entry-already-reversed", 409, "Entry already reversed", "An entry is reversed once; post what is right anew.",
        members: ["conflicts"]),
      ProblemType(
        "entry-is-reversal", 409, "Entry is a reversal", "A reversal stands; post what is right anew.",
        members: ["kind"]),
      ProblemType(
        "entry-of-document", 409, "Entry of a document", "What a document posted is taken back with the document.",
        members: ["conflicts", "kind"]),
      ProblemType(
        "balance-too-low", 409, "Balance too low", "More would go out than the station has left there.",
        members: ["availableAmount", "kind", "requiredAmount"]),
      ProblemType(
        "ledger-day-full", 409, "Day of the ledger full",
        "An account would hold more for one day than the ledger can add up; post it for another day."),
      ProblemType("statement-too-long", 409, "Statement too long", "Ask for fewer days.", members: ["limit"]),
      ProblemType(
        "already-payable", 409, "Already payable", "A line of a document is owed once.", members: ["conflicts"]),
      ProblemType(
        "item-already-reversed", 409, "Item already reversed", "An item is taken back once.", members: ["conflicts"]),
    ] { api.problem(type) }
  }

  package func filter(_ query: QueryReader) throws -> LedgerEntryFilter {
    var filter = LedgerEntryFilter()
    filter.kinds = try query.anyOf("kind", LedgerEntry.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.sourceID = try query.id("sourceId", LedgerEntry.Source.self)?.uuid
    filter.number = try query.text("number")
    filter.occurredFrom = try query.date("occurredOnFrom")
    filter.occurredTo = try query.date("occurredOnTo")
    return filter
  }

  package func shown(_ documents: [LedgerEntry], as rendering: Rendering, _ call: Call) async throws -> [LedgerEntry] {
    switch rendering {
    case .summary: documents
    // A list needs no postings; one entry is nothing without them.
    case .document: try await withPostings(documents, call)
    }
  }

  private func withPostings(_ documents: [LedgerEntry], _ call: Call) async throws -> [LedgerEntry] {
    var whole: [LedgerEntry] = []
    for document in documents { whole.append(try await service.whole(.id(document.id), call.caller)) }
    return whole
  }

  // MARK: Entries

  @Sendable private func post(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let kind = form.required("kind", .choice(LedgerEntry.Kind.self))
    let stationID = form.required("stationId", .id(Station.self))
    let description = form.required("description", .text(1...500))
    let amount = form.required("amount", .money)
    let occurredOn = form.optional("occurredOn", .date)
    let counter = form.optional("counterAccount", .choice(LedgerAccount.Kind.self))
    if let kind, !kind.isManual { form.refuse("kind", .notInSet, "is posted by its document") }
    if let amount {
      if amount.minor == 0 || amount.minor < 0 && kind != .adjustment {
        form.refuse("amount", .outOfRange, "must be above zero; an adjustment may be below it")
      } else if amount.minor.magnitude > Self.mostMinor {
        form.refuse(
          "amount", .outOfRange, "must be at most \(Money(minor: Int64(Self.mostMinor), currency: amount.currency))")
      }
    }
    if let counter {
      if kind != .adjustment {
        form.refuse("counterAccount", .inconsistent, "is said of an adjustment alone")
      } else if counter.holder != .maker {
        form.refuse("counterAccount", .notInSet, "must be an account of the maker")
      }
    }
    try form.finish()
    guard let kind, let stationID, let description, let amount else { throw form.failure }
    return try await service.post(
      ManualEntry(
        kind: kind, stationID: stationID, description: description, amount: amount, occurredOn: occurredOn,
        counter: counter), creating(call))
  }

  /// A hundred thousand million: sums of many such amounts still fit.
  static let mostMinor: UInt64 = 10_000_000_000_000

  @Sendable private func reverse(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.reverse(try call.reference(), reason: reason, creating(call))
  }

  // MARK: Accounts

  @Sendable private func accounts(_ call: Call) async throws -> Answer {
    var filter = LedgerAccountFilter()
    filter.holders = try call.query.anyOf("holder", LedgerAccount.Holder.self)
    filter.kinds = try call.query.anyOf("kind", LedgerAccount.Kind.self)
    filter.stationID = try call.query.id("stationId", Station.self)
    filter.supplierID = try call.query.id("supplierId", LedgerAccount.self)?.uuid
    filter.code = try call.query.text("code")
    let page = try call.page(sorts: LedgerService.accountSorts, default: "code")
    _ = try call.fields()
    try call.query.finish()
    return try Answer.page(try await service.accounts(filter, page, call.caller), call)
  }

  @Sendable private func account(_ call: Call) async throws -> Answer {
    try Answer.ok(try await service.account(try call.reference(), call.caller), call)
  }

  /// The last thirty days unless others are named.
  @Sendable private func statement(_ call: Call) async throws -> Answer {
    let to = try call.query.date("to") ?? ReportPeriod.day(of: call.at)
    let from = try call.query.date("from") ?? CalendarDate(daysSinceEpoch: to.daysSinceEpoch - 29)
    guard from <= to else { throw Problem.parameter("from", .outOfRange, "must not be later than to") }
    try call.query.finish()
    let statement = try await service.statement(try call.reference(), from: from, to: to, call.caller)
    let format = PaperFormat.wanted(by: call, of: [.json, .csv])
    let bytes =
      switch format {
      case .csv: StatementTable.bytes(of: statement)
      case .json, .html: JSONWriter.bytes(of: statement)
      }
    return Answer.paper(bytes, as: format, name: "\(statement.account.code)-\(from)-\(to)")
  }

  @Sendable private func position(_ call: Call) async throws -> Answer {
    let (station, positions) = try await service.positions(of: try call.reference(), call.caller)
    return try Answer.ok(StationPositionsView(station: station, positions: positions), call)
  }
}

struct StationPositionsView: JSONWritable {
  let station: Station
  let positions: [StationPosition]

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("positions", positions)
      $0.field("stationId", station.id)
    }
  }
}

/// The form in which a paper about money comes; the `Accept` of the request says which.
enum PaperFormat: String, CaseIterable {
  case json = "application/json"
  case csv = "text/csv"
  /// To be printed and signed.
  case html = "text/html"

  /// The dispatcher has made sure that there is one.
  static func wanted(by call: Call, of formats: [PaperFormat]) -> PaperFormat {
    MediaType.preferred(call.header("accept"), offered: formats.map(\.rawValue)).flatMap(PaperFormat.init(rawValue:))
      ?? .json
  }

  var contentType: String {
    switch self {
    case .json: MediaType.json
    case .csv: "text/csv; charset=utf-8; header=present"
    case .html: "text/html; charset=utf-8"
    }
  }
}

extension Answer {
  /// A paper in one of its forms. A page may be looked at where it is, without scripts and without anything from elsewhere; a table
  /// comes as a file.
  static func paper(_ bytes: [UInt8], as format: PaperFormat, name: String) -> Answer {
    var headers = [Header("content-type", format.contentType), Header("vary", "Accept")]
    switch format {
    case .json: break
    case .csv: headers.append(Header("content-disposition", ContentDisposition.attachment("\(name).csv")))
    case .html:
      headers.append(
        Header(
          "content-security-policy",
          "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox allow-modals"))
    }
    return Answer(status: 200, headers: headers, body: bytes)
  }
}
