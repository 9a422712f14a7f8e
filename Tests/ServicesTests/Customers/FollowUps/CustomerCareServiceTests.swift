import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Surveys, letters, complete files and the next service, with time handed in.
@Suite("Customer care", .timeLimit(.minutes(20))) struct CustomerCareServiceTests {
  // MARK: Surveys

  @Test("results count and mean per station within the caller's scope (FUP-16, FUP-18, FUP-19, CUS-11)")
  func results() async throws {
    try await CareDesk.with { desk in
      let survey = try await desk.survey(.csi)
      for (station, marks) in [
        (desk.network.station, [(5, 10), (4, 9), (3, 2)]), (desk.network.otherStation, [(1, 0)]),
      ] {
        for (rating, nps) in marks {
          let _: SurveyResponse = try await desk.run(by: desk.headquarters) {
            try await desk.responses.create(
              SurveyResponseDraft(
                survey: survey.id, channel: .counter, stationID: station, customerID: nil, workOrderID: nil,
                answers: CareDesk.marks(rating, nps: nps), comment: nil), $0)
          }
        }
      }
      let all = try await desk.surveys.results(
        of: .number(survey.code), at: nil, from: nil, before: nil, desk.headquarters
      ).results
      #expect(all.count == 2)
      let own = try await desk.surveys.results(of: .id(survey.id), at: nil, from: nil, before: nil, desk.desk).results
      #expect(own.map(\.stationID) == [desk.network.station])
      #expect(own[0].responses == 3 && own[0].ratingHundredths == 400 && own[0].nps == 33)
      #expect(own[0].questions.map(\.code) == ["recommend", "service"])
      #expect(own[0].questions.map(\.meanHundredths) == [700, 400])
      let later = try await desk.surveys.results(
        of: .id(survey.id), at: nil, from: desk.clock.now.adding(seconds: 1), before: nil, desk.desk
      ).results
      #expect(later.isEmpty)
      await #expect(throws: Refusal.self) {
        let _: Survey = try await desk.run { try await desk.surveys.update(.id(survey.id), Survey.Edit(), $0) }
      }
    }
  }

  @Test(
    "a customer rates his order once with his link, whoever asks at the same time; no other station shares it (FUP-17)")
  func link() async throws {
    try await CareDesk.with { desk in
      let links = SurveyLinkService(desk.work, complaints: desk.complaints, secret: Array(repeating: 7, count: 32))
      let repaired = try await desk.orders.order(in: .settled)
      await #expect(throws: Refusal.self) {
        let _: SurveyLink = try await desk.run { try await links.share(.id(repaired.id), validDays: 30, $0) }
      }
      let order = try await desk.orders.advance(repaired, to: .delivered)
      await #expect(throws: Refusal.self) {
        let _: SurveyLink = try await desk.run { try await links.share(.id(order.id), validDays: 30, $0) }
      }
      _ = try await desk.survey(.afterService)
      // Another station's order is none of his.
      await #expect(throws: Refusal.notFound) {
        let _: SurveyLink = try await desk.run(by: desk.stranger) {
          try await links.share(.id(order.id), validDays: 30, $0)
        }
      }
      let link: SurveyLink = try await desk.run { try await links.share(.id(order.id), validDays: 30, $0) }
      let form = try await links.open(link.token, at: desk.clock.now)
      #expect(form.orderNumber == order.number && !form.isAnswered && form.questions.count == 3)
      // A changed link, and one of another secret, are none.
      let end = link.token.hasSuffix("A") ? "B" : "A"
      for token in [link.token.dropLast() + end, link.token.replacing("ass_", with: "asp_")[...]] {
        await #expect(throws: Refusal.notFound) { _ = try await links.open(String(token), at: desk.clock.now) }
      }
      let other = SurveyLinkService(desk.work, complaints: desk.complaints, secret: Array(repeating: 8, count: 32))
      await #expect(throws: Refusal.notFound) { _ = try await other.open(link.token, at: desk.clock.now) }
      let now = desk.clock.now
      let outcomes = await Outcomes.of(6) { _ in
        _ = try await links.answer(
          link.token, CareDesk.marks(5), comment: "很好", requestID: "r", at: now, { _ in Answer(status: 201) })
      }
      #expect(outcomes.succeeded == 1 && outcomes.refused.count == 5, "\(outcomes)")
      #expect(try await links.open(link.token, at: now).isAnswered)
      await #expect(throws: Refusal.notFound) {
        _ = try await links.open(link.token, at: now.adding(seconds: 30 * 86_400))
      }
    }
  }

  /// What customers' marks opened.
  private func opened(_ desk: CareDesk) async throws -> [Complaint] {
    try await desk.complaints.list(
      ComplaintFilter(), PageRequest(limit: 10, sort: [.init("createdAt")]), desk.headquarters
    ).items
  }

  @Test("bad marks by a link are a complaint at once, with his words and his order, and once (FUP-05, FUP-17, CMP-02)")
  func detractor() async throws {
    try await CareDesk.with { desk in
      let links = SurveyLinkService(desk.work, complaints: desk.complaints, secret: Array(repeating: 7, count: 32))
      let order = try await desk.orders.order(in: .delivered)
      _ = try await desk.survey(.afterService)
      let link: SurveyLink = try await desk.run { try await links.share(.id(order.id), validDays: 30, $0) }
      let now = desk.clock.now
      // Required answers are missing: neither marks nor a complaint.
      await #expect(throws: Refusal.self) {
        _ = try await links.answer(
          link.token, [], comment: "太差", requestID: "r", at: now, { _ in Answer(status: 201) })
      }
      #expect(try await opened(desk).isEmpty)
      let outcomes = await Outcomes.of(4) { _ in
        _ = try await links.answer(
          link.token, CareDesk.marks(5, nps: 6), comment: "等了两个小时", requestID: "r", at: now,
          { _ in Answer(status: 201) })
      }
      #expect(outcomes.succeeded == 1, "\(outcomes)")
      let complaints = try await opened(desk)
      #expect(complaints.count == 1)
      let complaint = try #require(complaints.first)
      #expect(complaint.header.channel == .survey && complaint.header.customerWords == "等了两个小时")
      #expect(complaint.header.customerID == order.header.customerID)
      #expect(complaint.header.origin.workOrderID == order.id && complaint.stationID == order.stationID)
      let clocks = try await desk.clocks.clocks(of: .complaint, complaint.id.uuid, desk.headquarters)
      #expect(clocks.map(\.kind) == [.forwardToSupervisor])
    }
  }

  @Test("bad marks of somebody without a file are a complaint with his contact, once; with a file there is no contact")
  func strangersMarks() async throws {
    try await CareDesk.with { desk in
      let survey = try await desk.survey(.csi)
      let contact = RequestContact(name: "过路客", phone: "13700001234")
      func draft(_ marks: [SurveyAnswerDraft], of customer: Customer.ID? = nil) -> SurveyResponseDraft {
        SurveyResponseDraft(
          survey: survey.id, channel: .counter, stationID: nil, customerID: customer, workOrderID: nil,
          contact: contact, answers: marks, comment: "过路客等了很久")
      }
      func write(_ draft: SurveyResponseDraft) async throws {
        let _: SurveyResponse = try await desk.run { try await desk.responses.create(draft, $0) }
      }
      try await write(draft(CareDesk.marks(5, nps: 9)))
      #expect(try await opened(desk).isEmpty)
      try await write(draft(CareDesk.marks(1)))
      let complaints = try await opened(desk)
      #expect(complaints.count == 1)
      let header = try #require(complaints.first?.header)
      #expect(header.contact == contact && header.customerID == nil && header.channel == .survey)
      await #expect(throws: Refusal.self) { try await write(draft(CareDesk.marks(1), of: desk.network.customer)) }
      #expect(try await opened(desk).count == 1)
    }
  }

  @Test(
    "marks that the policy allows, and those of somebody unknown, open nothing; written down at the counter bad ones do"
  )
  func counterMarks() async throws {
    try await CareDesk.with { desk in
      let survey = try await desk.survey(.csi)
      func write(_ answers: [SurveyAnswerDraft], of customer: Customer.ID?) async throws {
        let _: SurveyResponse = try await desk.run {
          try await desk.responses.create(
            SurveyResponseDraft(
              survey: survey.id, channel: .counter, stationID: nil, customerID: customer, workOrderID: nil,
              answers: answers, comment: nil), $0)
        }
      }
      try await write(CareDesk.marks(3, nps: 7), of: desk.network.customer)
      try await write(CareDesk.marks(1), of: nil)
      #expect(try await opened(desk).isEmpty)
      try await write(CareDesk.marks(2, nps: 9), of: desk.network.customer)
      let complaints = try await opened(desk)
      #expect(complaints.map(\.header.customerWords) == ["service: 2, recommend: 9"])
      #expect(complaints.first?.header.contact.name == "王小明")
    }
  }

  // MARK: Letters

  private func plan(
    _ desk: CareDesk, in days: Int64 = 30, _ rule: LetterRule = LetterRule()
  ) async throws -> Letter {
    try await desk.run {
      try await desk.letters.create(
        LetterDraft(
          stationID: nil,
          content: LetterContent(
            kind: .invitation, subject: "关怀日", text: "诚邀参加",
            event: LetterEvent(
              title: "关怀日", address: "东塔街", startsAt: desk.clock.now.adding(seconds: days * 86_400)),
            rule: rule, externalIDs: [:]), dueAt: nil), $0)
    }
  }

  @Test("a written notice that was promised on the telephone is out within two days, else it is late (FUP-10, T-07)")
  func writtenNotice() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      _ = try await desk.call(
        first,
        .reached(
          .init(
            result: .satisfied, topics: [.events], summary: "告知关怀日", wishes: nil, rating: nil, nps: nil, findings: [],
            issue: nil, answers: [], comment: nil, wantsNotice: true)))
      let promised = try #require(try await desk.clocks(of: first).first { $0.kind == .writtenNotice })
      #expect(promised.state == .running)
      let end = try #require(first.plan.opensAt).adding(seconds: 3 * 86_400)
      #expect(promised.status.dueAt == Timestamp(milliseconds: end.milliseconds - 1))
      // A greeting is none, nor is a notice that did not reach him.
      for (kind, reaches) in [(Letter.Kind.greeting, true), (.notice, false), (.notice, true)] {
        let letter: Letter = try await desk.run {
          try await desk.letters.create(
            LetterDraft(
              stationID: nil,
              content: LetterContent(
                kind: kind, subject: "关怀日", text: "诚邀参加", event: nil,
                rule: LetterRule(customerIDs: [desk.network.customer]), externalIDs: [:]), dueAt: nil), $0)
        }
        #expect(try await fallDue(desk) == 1)
        let sent: Letter = try await desk.run {
          try await desk.letters.send(
            .id(letter.id), through: .post, undeliverable: reaches ? [] : [desk.network.customer], $0)
        }
        #expect(sent.state == .sent)
        let clock = try #require(try await desk.clocks(of: first).first { $0.kind == .writtenNotice })
        #expect(clock.state == (kind == .notice && reaches ? .met : .running))
        desk.clock.advance(seconds: 60)
      }
    }
  }

  @Test(
    "in how many days the notice must be out says the policy followUps, at once and when it is counted anew (FUP-10)")
  func noticeDays() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      try await desk.adopt { $0.writtenNoticeDays = 5 }
      try desk.move(to: first.plan.opensAt)
      _ = try await desk.call(
        first,
        .reached(
          .init(
            result: .satisfied, topics: [.events], summary: "告知关怀日", wishes: nil, rating: nil, nps: nil, findings: [],
            issue: nil, answers: [], comment: nil, wantsNotice: true)))
      let promised = try #require(try await desk.clocks(of: first).first { $0.kind == .writtenNotice })
      let end = try #require(first.plan.opensAt).adding(seconds: 6 * 86_400)
      #expect(promised.status.dueAt == Timestamp(milliseconds: end.milliseconds - 1))
    }
  }

  @Test("a reply without whom it answers is refused, and nothing is planned (FUP-12)")
  func replyToNobody() async throws {
    try await CareDesk.with { desk in
      await #expect(throws: Refusal.self) {
        let _: Letter = try await desk.run {
          try await desk.letters.create(
            LetterDraft(
              stationID: nil,
              content: LetterContent(
                kind: .reply, subject: "答复", text: "已处理", event: nil, rule: LetterRule(kinds: [.person]),
                externalIDs: [:]), dueAt: nil), $0)
        }
      }
      let letters = try desk.test.admin("select count(*) from letters")
      #expect(letters == "0")
    }
  }

  private func fallDue(_ desk: CareDesk) async throws -> Int {
    let now = desk.clock.now
    return try await desk.test.database.write(.system) { try await desk.letters.fallDue(at: now, in: $0) }
  }

  @Test("an invitation falls due two weeks before its event, once, for whom its rule chooses (FUP-09, FUP-12)")
  func letter() async throws {
    try await CareDesk.with { desk in
      let letter = try await plan(desk, LetterRule(kinds: [.person]))
      let nobody = try await plan(desk, LetterRule(kinds: [.company]))
      desk.clock.advance(seconds: 16 * 86_400 - 1)
      #expect(try await fallDue(desk) == 0)
      desk.clock.advance(seconds: 1)
      let shares = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 { group.addTask { try await fallDue(desk) } }
        return try await group.reduce(0, +)
      }
      #expect(shares + (try await fallDue(desk)) == 2)
      let due = try await desk.letters.get(.id(letter.id), desk.desk)
      #expect(due.state == .due && due.recipients == 1)
      #expect(try await desk.letters.get(.id(nobody.id), desk.desk).recipients == 0)
      #expect(try desk.test.admin("select count(*) from events where type = 'letter.due'") == "2")
      await #expect(throws: Refusal.self) {
        let _: Letter = try await desk.run {
          try await desk.letters.send(.id(letter.id), through: .post, undeliverable: [desk.network.otherCustomer], $0)
        }
      }
      let sent: Letter = try await desk.run {
        try await desk.letters.send(.id(letter.id), through: .post, undeliverable: [desk.network.customer], $0)
      }
      #expect(sent.state == .sent && sent.sending?.undeliverable == 1)
      let recipients = try await desk.letters.recipients(
        of: .id(letter.id), PageRequest(limit: 5, sort: [.init("chosenAt")]), desk.desk)
      #expect(recipients.items.map(\.state) == [.undeliverable])
    }
  }

  @Test("nobody is written to more often than the policy says, unless he is named (policy followUps)")
  func contacts() async throws {
    try await CareDesk.with { desk in
      for _ in 0..<5 { _ = try await plan(desk, in: 1) }
      #expect(try await fallDue(desk) == 5)
      // Four in 30 days; the fifth leaves him out.
      #expect(try desk.test.admin("select count(*) from letter_recipients") == "4")
      _ = try await plan(desk, in: 1, LetterRule(customerIDs: [desk.network.customer]))
      #expect(try await fallDue(desk) == 1)
      #expect(try desk.test.admin("select count(*) from letter_recipients") == "5")
    }
  }

  // MARK: Files

  private func complete(_ desk: CareDesk) throws {
    try desk.test.admin(
      """
      insert into vehicle_models (id, code, brand, series, name, powertrain, discontinued, created_at, created_by, updated_at,
        updated_by)
      values ('0199b002-6b20-7d42-8e31-4c9f5a7b2d77', 'M', '华晨', 'X', 'X', 'ice', false, now(), 'x', now(), 'x');
      update vehicles set model_id = '0199b002-6b20-7d42-8e31-4c9f5a7b2d77', next_maintenance_km = 20000
      """.replacing("\n", with: " "))
  }

  private func status(_ desk: CareDesk) async throws -> CustomerFileStatus {
    try await desk.files.status(of: .id(desk.network.customer), desk.desk, at: desk.clock.now)
  }

  private func fileClocks(_ desk: CareDesk, _ order: WorkOrder) async throws -> [Clock] {
    try await desk.clocks.clocks(of: .workOrder, order.id.uuid, desk.desk).filter { $0.kind == .customerFile }
  }

  private func customers(_ desk: CareDesk) -> CustomerService {
    let book = CustomerFileBook(ClockBook(PolicyBook()))
    return CustomerService(
      desk.work, telephones: TelephoneIndex(secret: Array(repeating: 1, count: 32)),
      changeHooks: [{ tx, customer, command in try await book.review(customer, command, in: tx) }])
  }

  private func fill(
    _ desk: CareDesk, _ service: CustomerService, address: String?, wishedService: String?
  ) async throws {
    let _: Customer = try await desk.run {
      try await service.update(.id(desk.network.customer), $0) { customer in
        var profile = customer.profile
        profile.address = address
        profile.wishedService = wishedService
        return CustomerDraft(stationID: customer.stationID, profile: profile, externalIDs: customer.externalIDs)
      }
    }
  }

  @Test("the file has two days from the entry formalities and is met by the change that completes it (CUS-01, T-01)")
  func file() async throws {
    try await CareDesk.with { desk in
      let order = try await desk.orders.order(in: .inRepair)
      let running = try await fileClocks(desk, order)
      #expect(running.map(\.state) == [.running])
      #expect(running[0].status.dueAt.map { $0 <= Timestamp("2026-11-24T00:00:00+08:00") ?? $0 } == true)
      #expect(try await status(desk).missing == ["#/address", "#/wishedService", "#/vehicles"])
      try complete(desk)
      let service = customers(desk)
      try await fill(desk, service, address: "青年大街100号", wishedService: nil)
      try await fill(desk, service, address: "青年大街100号", wishedService: "周末取车")
      #expect(try await status(desk).missing == ["#/vehicles"])
      #expect(try await fileClocks(desk, order).map(\.state) == [.running])
      let _: CustomerVehicleEntry = try await desk.run {
        try await service.link(
          .id(desk.network.customer),
          CustomerVehicleDraft(
            vehicle: .id(desk.network.vehicle), role: .owner, since: try #require(CalendarDate("2024-01-01"))), $0)
      }
      #expect(try await status(desk).isComplete)
      #expect(try await fileClocks(desk, order).map(\.state) == [.met])
    }
  }

  @Test("a file that is complete meets its deadline at once, and one that a vehicle completes is found by the job")
  func sweep() async throws {
    try await CareDesk.with { desk in
      let order = try await desk.orders.order(in: .delivered)
      let service = customers(desk)
      try await fill(desk, service, address: "青年大街100号", wishedService: "周末取车")
      let _: CustomerVehicleEntry = try await desk.run {
        try await service.link(
          .id(desk.network.customer),
          CustomerVehicleDraft(
            vehicle: .id(desk.network.vehicle), role: .owner, since: try #require(CalendarDate("2024-01-01"))), $0)
      }
      #expect(try await fileClocks(desk, order).map(\.state) == [.running])
      try complete(desk)
      let now = desk.clock.now
      let last = try await desk.test.database.write(.system) {
        try await desk.files.review(after: nil, at: now, in: $0)
      }
      #expect(last == nil)
      #expect(try await fileClocks(desk, order).map(\.state) == [.met])
      let next = try await desk.orders.order(in: .inRepair, km: 11_000)
      #expect(try await fileClocks(desk, next).map(\.state) == [.met])
    }
  }

  @Test("a station's files are counted, complete and overdue (CUS-11)")
  func summary() async throws {
    try await CareDesk.with { desk in
      _ = try await desk.orders.order(in: .inRepair)
      desk.clock.advance(seconds: 3 * 86_400)
      let own = try await desk.files.summaries(at: nil, desk.desk, at: desk.clock.now)
      #expect(own.map(\.stationID) == [desk.network.station])
      #expect(own[0].files == 1 && own[0].complete == 0 && own[0].overdue == 1 && own[0].oldestIncompleteAt != nil)
      #expect(try await desk.files.summaries(at: nil, desk.headquarters, at: desk.clock.now).count == 2)
      let overdue = try await desk.files.list(
        at: nil, overdue: true, PageRequest(limit: 5, sort: [.init("number")]), desk.desk, at: desk.clock.now)
      #expect(overdue.items.map(\.file.customerID) == [desk.network.customer])
    }
  }

  // MARK: The next service

  @Test(
    "a vehicle is planned by its readings, reminded of once a cycle, and planned anew after the service (CUS-09, CUS-10)"
  )
  func nextService() async throws {
    try await CareDesk.with { desk in
      let service = customers(desk)
      let _: CustomerVehicleEntry = try await desk.run {
        try await service.link(
          .id(desk.network.customer),
          CustomerVehicleDraft(
            vehicle: .id(desk.network.vehicle), role: .owner, since: try #require(CalendarDate("2024-01-01"))), $0)
      }
      func plan() async throws -> Int {
        let now = desk.clock.now
        return try await desk.test.database.write(.system) { try await desk.services.plan(at: now, in: $0) }
      }
      func remind() async throws -> Int {
        let now = desk.clock.now
        return try await desk.test.database.write(.system) { try await desk.services.remind(at: now, in: $0) }
      }
      func plans() async throws -> [ServicePlan] {
        try await desk.services.list(
          ServicePlanFilter(), PageRequest(limit: 5, sort: [.init("dueOn")]), desk.desk
        ).items
      }
      // Nothing to count from yet.
      #expect(try await plan() == 1)
      #expect(try await plans().isEmpty)
      #expect(try await plan() == 0)
      try desk.test.admin(
        "update vehicles set sale_date = '2026-06-01', updated_at = '\(desk.clock.now.adding(seconds: 60))'")
      desk.clock.advance(seconds: 120)
      #expect(try await plan() == 1)
      let first = try await plans()
      #expect(first.map(\.next.dueOn) == [CalendarDate("2026-12-01")] && first[0].next.basis == .months)
      // Two weeks before, not a day earlier: 17 November is 14 days before.
      #expect(first[0].remindedAt == nil)
      let shares = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 { group.addTask { try await remind() } }
        return try await group.reduce(0, +)
      }
      #expect(shares == 1)
      #expect(try await remind() == 0)
      #expect(try desk.test.admin("select count(*) from events where type = 'customer.serviceReminderDue'") == "1")
      #expect(try await plans()[0].remindedAt != nil)
      // Another reading moves the day, not the cycle.
      _ = try await desk.orders.order(in: .inspected, km: 3_000)
      desk.clock.advance(seconds: 60)
      #expect(try await plan() == 1)
      #expect(try await remind() == 0)
    }
  }

  @Test("how long before a service its customer is reminded is the region's to say, or that he is not (CUS-10)")
  func regionalReminder() async throws {
    try await CareDesk.with { desk in
      let service = customers(desk)
      let _: CustomerVehicleEntry = try await desk.run {
        try await service.link(
          .id(desk.network.customer),
          CustomerVehicleDraft(
            vehicle: .id(desk.network.vehicle), role: .owner, since: try #require(CalendarDate("2024-01-01"))), $0)
      }
      try desk.test.admin("update vehicles set sale_date = '2026-06-01'")
      let planned = desk.clock.now
      #expect(try await desk.test.database.write(.system) { try await desk.services.plan(at: planned, in: $0) } == 1)
      // Due on 1 December, which is ten days away.
      for (days, isReminded) in [(nil, false), (9, false), (10, true)] {
        try await desk.adopt { $0.serviceReminderDays = days }
        desk.clock.advance(seconds: 1)
        let now = desk.clock.now
        let count = try await desk.test.database.write(.system) { try await desk.services.remind(at: now, in: $0) }
        #expect(count == (isReminded ? 1 : 0), "\(String(describing: days))")
      }
    }
  }
}
