package import Domain
import FoundationEssentials
package import Postgres

/// Letters and whom they go to (FUP-09…12).
package enum LetterRepository: DocumentStore {
  package static let window = ListPlan.WindowColumns(created: "l.created_at", updated: "l.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("l.created_at", type: "timestamptz"),
    "dueAt": .init("l.due_at", type: "timestamptz"),
    "number": .init("l.number", type: "text"),
    "updatedAt": .init("l.updated_at", type: "timestamptz"),
  ]

  package static func find(_ reference: Reference<Letter>, in scope: Scope) -> Query<Letter?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<Letter>, in scope: Scope) -> Query<Letter?> {
    Query.optional(selection(reference, scope) + " for update of l", decode)
  }

  package static func list(_ filter: LetterFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Letter>> {
    var plan = ListPlan(
      columns: columns, from: "letters l", id: "l.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "l.station_id")])
    if !filter.states.isEmpty { plan.filter("l.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("l.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("l.station_id = \(station)") }
    if let from = filter.dueFrom { plan.filter("l.due_at >= \(from)") }
    if let before = filter.dueBefore { plan.filter("l.due_at < \(before)") }
    if let number = filter.number { plan.filter("l.number = \(number)") }
    if let customer = filter.customerID {
      plan.filter(
        """
        (exists (select from letter_recipients r where r.letter_id = l.id and r.customer_id = \(customer))
          or jsonb_exists(l.rule -> 'customerIds', \(customer.description)))
        """)
    }
    return plan.query(page, decode: decode)
  }

  /// Planned letters whose day has come, the longest waiting first; those that another instance works on are passed over.
  package static func lockDue(at now: Timestamp, limit: Int) -> Query<[Letter]> {
    Query.list(
      """
      select \(columns)
      from letters l
      where l.state = 'planned' and l.due_at <= \(now)
      order by l.due_at
      limit \(limit)
      for update of l skip locked
      """, decode)
  }

  // MARK: Recipients

  /// Chooses by the letter's rule. Whoever had as many calls and letters in the last 30 days as the policy allows is left
  /// out, unless he is named.
  ///
  /// - Returns: how many were chosen.
  package static func choose(for letter: Letter, atMost contacts: Int, at now: Timestamp) -> Query<Int> {
    let rule = letter.content.rule
    var condition: SQL = "c.station_id = \(letter.stationID) and c.state = 'active'"
    if !rule.kinds.isEmpty { condition += " and c.kind = any (\(rule.kinds.map(\.rawValue)))" }
    if let model = rule.modelID {
      condition += """
         and exists (
          select from customer_vehicles k join vehicles v on v.id = k.vehicle_id
          where k.customer_id = c.id and k.until_date is null and v.model_id = \(model))
        """
    }
    if let days = rule.servedWithinDays {
      condition += """
         and exists (
          select from work_orders w
          where w.customer_id = c.id and w.delivered_at >= \(now.adding(seconds: -Int64(days) * 86_400)))
        """
    }
    if rule.customerIDs.isEmpty {
      let since = now.adding(seconds: -30 * 86_400)
      condition += """
         and \(contacts) > (
          select count(*) from letter_recipients r
          where r.customer_id = c.id and r.chosen_at >= \(since) and r.state <> 'undeliverable')
          + (select count(*) from follow_ups f
            where f.customer_id = c.id and f.call is not null and f.updated_at >= \(since))
        """
    } else {
      condition += " and c.id = any (\(rule.customerIDs.map(\.uuid)))"
    }
    return Query.execute(
      """
      insert into letter_recipients (letter_id, station_id, customer_id, state, chosen_at)
      select \(letter.id), c.station_id, c.id, 'chosen', \(now)
      from customers c
      where \(condition)
      """)
  }

  package static func recipients(
    of letter: Letter.ID, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<LetterRecipient>> {
    let plan = ListPlan(
      columns: "r.customer_id, r.state, r.sent_at", from: "letter_recipients r", id: "r.customer_id",
      sorts: ["chosenAt": .init("r.chosen_at", type: "timestamptz")],
      conditions: ["r.letter_id = \(letter)", scope.condition(on: "r.station_id")])
    return plan.query(page) { row in
      LetterRecipient(
        customerID: try row.next(Customer.ID.self), state: try row.next(as: LetterRecipient.State.self),
        sentAt: try row.next(Timestamp?.self))
    }
  }

  /// Which of these customers the letter goes to.
  package static func chosen(_ customers: [Customer.ID], of letter: Letter.ID) -> Query<[Customer.ID]> {
    Query.list(
      """
      select r.customer_id
      from letter_recipients r
      where r.letter_id = \(letter) and r.customer_id = any (\(customers.map(\.uuid)))
      """
    ) { try $0.next(Customer.ID.self) }
  }

  /// All but the named were written to.
  package static func markSent(_ letter: Letter.ID, except: [Customer.ID], at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update letter_recipients
      set state = case when customer_id = any (\(except.map(\.uuid))) then 'undeliverable' else 'sent' end,
        sent_at = case when customer_id = any (\(except.map(\.uuid))) then null else \(instant) end
      where letter_id = \(letter) and state = 'chosen'
      """)
  }

  /// Calls on which a written notice was promised to somebody whom the letter has reached.
  package static func awaited(_ letter: Letter.ID) -> Query<[ClockSubject]> {
    Query.list(
      """
      select f.id, f.number
      from letter_recipients r
        join follow_ups f on f.customer_id = r.customer_id and f.station_id = r.station_id
        join clocks c on c.subject_resource = 'followUp' and c.subject_id = f.id
      where r.letter_id = \(letter) and r.state = 'sent' and c.kind = 'writtenNotice' and c.met_at is null
        and c.cancelled_at is null
      order by f.id
      """
    ) { ClockSubject(.followUp, try $0.next(UUID.self), number: try $0.next(String.self)) }
  }

  // MARK: Writing

  package static func save(_ after: Letter, over before: Letter?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ letter: Letter) -> Query<Int> {
    let content = letter.content
    return Query.execute(
      """
      insert into letters (id, number, station_id, state, kind, subject, text, event, rule, due_at, \(RecordColumns.names))
      values (\(letter.id), \(letter.number), \(letter.stationID), \(letter.state.rawValue), \(content.kind.rawValue),
        \(content.subject), \(content.text), \(content.event.map(encode)), \(encode(content.rule)), \(letter.dueAt),
        \(RecordColumns.values(content.externalIDs, letter.version, letter.stamp)))
      """)
  }

  private static func update(_ letter: Letter, expecting version: Int) -> Query<Int> {
    let content = letter.content
    return Query.execute(
      """
      update letters
      set state = \(letter.state.rawValue), subject = \(content.subject), text = \(content.text), due_at = \(letter.dueAt),
        recipients = \(letter.recipients.map { Int32($0) }), sending = \(letter.sending.map(encode)),
        exit_reason = \(letter.exitReason),
        \(RecordColumns.assignments(content.externalIDs, letter.version, letter.stamp))
      where id = \(letter.id) and version = \(version)
      """)
  }

  private static func encode(_ event: LetterEvent) -> JSONB {
    EventJSON.encode(
      .object([
        "title": .text(event.title), "address": .text(event.address), "startsAt": .integer(event.startsAt.milliseconds),
      ]))
  }

  private static func encode(_ rule: LetterRule) -> JSONB {
    EventJSON.encode(
      .object([
        "customerIds": .list(rule.customerIDs.map { .text($0.description) }),
        "kinds": .list(rule.kinds.map { .text($0.rawValue) }), "modelId": .optional(rule.modelID?.description),
        "servedWithinDays": rule.servedWithinDays.map { .integer(Int64($0)) } ?? .null,
      ]))
  }

  private static func encode(_ sending: Letter.Sending) -> JSONB {
    EventJSON.encode(
      .object([
        "channel": .text(sending.channel.rawValue), "at": .integer(sending.sentAt.milliseconds),
        "by": .text(sending.sentBy), "undeliverable": .integer(Int64(sending.undeliverable)),
      ]))
  }

  private static func event(_ bytes: [UInt8]) -> LetterEvent? {
    let record = EventJSON.object(bytes)
    guard let title = record.text("title"), let address = record.text("address"),
      let startsAt = record.integer("startsAt")
    else { return nil }
    return LetterEvent(title: title, address: address, startsAt: Timestamp(milliseconds: startsAt))
  }

  private static func rule(_ bytes: [UInt8]) -> LetterRule {
    let record = EventJSON.object(bytes)
    func texts(_ name: String) -> [String] {
      record.list(name).compactMap { if case .text(let text) = $0 { text } else { nil } }
    }
    return LetterRule(
      customerIDs: texts("customerIds").compactMap { Customer.ID($0) },
      kinds: texts("kinds").compactMap(Customer.Kind.init(rawValue:)),
      modelID: record.text("modelId").flatMap { VehicleModel.ID($0) },
      servedWithinDays: record.integer("servedWithinDays").map { Int($0) })
  }

  private static func sending(_ bytes: [UInt8]) -> Letter.Sending? {
    let record = EventJSON.object(bytes)
    guard let channel = record.text("channel").flatMap(Letter.Channel.init(rawValue:)), let at = record.integer("at"),
      let by = record.text("by"), let undeliverable = record.integer("undeliverable")
    else { return nil }
    return Letter.Sending(
      channel: channel, sentAt: Timestamp(milliseconds: at), sentBy: by, undeliverable: Int(undeliverable))
  }

  private static func selection(_ reference: Reference<Letter>, _ scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "l.id = \(id)"
      case .number(let number): "l.number = \(number)"
      }
    return "select \(columns) from letters l where \(named) and \(scope.condition(on: "l.station_id"))"
  }

  private static let columns: SQL = """
    l.id, l.number, l.station_id, l.state, l.kind, l.subject, l.text, l.event, l.rule, l.due_at, l.recipients, l.sending,
    l.exit_reason, \(RecordColumns.selected(from: "l"))
    """

  @Sendable private static func decode(_ row: inout Row) throws -> Letter {
    let id = try row.next(Letter.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let state = try row.next(as: Letter.State.self)
    let kind = try row.next(as: Letter.Kind.self)
    let subject = try row.next(String.self)
    let text = try row.next(String.self)
    let event = try row.next(JSONB?.self).flatMap { Self.event($0.bytes) }
    let rule = Self.rule(try row.next(JSONB.self).bytes)
    let dueAt = try row.next(Timestamp.self)
    let recipients = try row.next(Int32?.self).map { Int($0) }
    let sending = try row.next(JSONB?.self).flatMap { Self.sending($0.bytes) }
    let reason = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return Letter(
      id: id, number: number, stationID: station, state: state, version: tail.version, stamp: tail.stamp,
      content: LetterContent(
        kind: kind, subject: subject, text: text, event: event, rule: rule, externalIDs: tail.externalIDs),
      dueAt: dueAt, recipients: recipients, sending: sending, exitReason: reason)
  }
}
