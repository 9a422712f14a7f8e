package import Domain
import FoundationEssentials
import Repositories

/// What a customer sees with his link: the questions, and whether he answered them.
package struct SurveyForm: Hashable, Sendable {
  package let orderNumber: String
  package let title: String
  package let questions: [SurveyQuestion]
  package let isAnswered: Bool
}

/// A link with which a customer rates the service after the repair, without a login (FUP-17).
package struct SurveyLink: Hashable, Sendable {
  /// `ass_…`: order, survey with the version of its questions, expiry, signed; the link itself is not stored.
  package let token: String
  package let expiresAt: Timestamp
}

/// Signed survey links: order (16 bytes), survey (16), version of the questions (4), expiry (8, seconds).
package struct SurveyLinkService: Sendable {
  private let work: UnitOfWork
  private let complaints: ComplaintService
  private let links: SignedLink
  private static let rated: Set<WorkOrder.State> = [.delivered, .closed]

  /// - Parameter secret: at least 32 random bytes, the same on every instance.
  package init(_ work: UnitOfWork, complaints: ComplaintService, secret: [UInt8]) {
    self.work = work
    self.complaints = complaints
    links = SignedLink(prefix: "ass_", length: 44, secret: secret)
  }

  /// Makes a link to the survey that is asked after a repair; handing one out is an event of the order.
  ///
  /// - Throws: `conflict` `order-not-delivered`, `no-survey`.
  package func share(
    _ reference: Reference<WorkOrder>, validDays: Int, _ command: Command<SurveyLink>
  ) async throws -> Answer {
    try await work.perform(command, .surveyResponsesWrite) { tx in
      let (found, inForce) = try await tx.run(
        WorkOrderRepository.find(reference, in: command.caller.scope), SurveyRepository.inForce(.afterService))
      guard let order = found else { throw Refusal.notFound }
      guard Self.rated.contains(order.state) else {
        throw Refusal.conflict(
          code: "order-not-delivered", detail: "A service is rated after it is done.", .state(order.state),
          .allowedStates(Self.rated))
      }
      guard let survey = inForce else {
        throw Refusal.conflict(code: "no-survey", detail: "No survey is in force that is asked after a service.")
      }
      let expiresAt = command.at.adding(seconds: Int64(validDays) * 86_400)
      var claim: [UInt8] = []
      claim.append(order.id)
      claim.append(survey.surveyID)
      claim.append(Int32(survey.number))
      claim.append(expiresAt)
      tx.record(
        order.event(
          "workOrder.surveyShared",
          data: ["expiresAt": .text(expiresAt.description), "surveyId": .text(survey.surveyID.description)]),
        by: command)
      return SurveyLink(token: links.token(claim), expiresAt: expiresAt)
    }
  }

  /// - Throws: `notFound` for a link that is not ours, was changed or is past its time, or whose customer is gone; they all
  ///   look the same.
  package func open(_ token: String, at now: Timestamp) async throws -> SurveyForm {
    try await resolve(token, at: now).form
  }

  /// The customer's answers, once. Bad marks open a complaint.
  ///
  /// - Throws: `conflict` `survey-answered`.
  package func answer(
    _ token: String, _ drafts: [SurveyAnswerDraft], comment: String?, requestID: String, at now: Timestamp,
    _ present: @escaping @Sendable (SurveyResponse) throws -> Answer
  ) async throws -> Answer {
    let (order, survey, form) = try await resolve(token, at: now)
    let customer = Caller(
      subject: .system, name: "customer", roles: [], permissions: [.surveyResponsesWrite],
      scope: .station(order.stationID))
    let command = Command<SurveyResponse>(
      caller: customer, requestID: requestID, at: now, precondition: nil, idempotency: nil, present: present)
    return try await work.perform(command, .surveyResponsesWrite) { tx in
      let response = SurveyResponse(
        id: .new(at: now), survey: survey, stationID: order.stationID, channel: .link,
        customerID: order.header.customerID, workOrderID: order.id, followUpID: nil,
        answers: try SurveyAnswerDraft.answers(drafts, to: form.questions), comment: comment,
        stamp: RecordStamp(by: customer, at: now))
      for statement in SurveyResponseRepository.save(response, over: nil) { _ = try await tx.run(statement) }
      let complaint = try await complaints.open(about: response, after: order, command, in: tx)
      tx.record(response.received(leadingTo: complaint), by: command)
      return response
    }
  }

  private func resolve(
    _ token: String, at now: Timestamp
  ) async throws -> (order: WorkOrder, survey: SurveyVersion, form: SurveyForm) {
    guard let claim = links.claim(of: token), let expiry = claim.instant(at: 36), expiry > now,
      let orderID = claim.identifier(at: 0, WorkOrder.self), let surveyID = claim.identifier(at: 16, Survey.self)
    else { throw Refusal.notFound }
    let version = SurveyVersion(surveyID: surveyID, number: Int(claim.number(at: 32)))
    var answered = SurveyResponseFilter()
    answered.surveyID = surveyID
    answered.workOrderID = orderID
    let (found, survey, questions, responses) = try await work.database.read(
      Caller.system, WorkOrderRepository.find(.id(orderID), in: .network),
      SurveyRepository.find(.id(surveyID), in: .network), SurveyRepository.questions(version),
      SurveyResponseRepository.list(answered, PageRequest(limit: 100, sort: [.init("createdAt")]), in: .network))
    guard let order = found, let survey, let questions else { throw Refusal.notFound }
    let customer = try await work.database.read(
      Caller.system, CustomerRepository.find(.id(order.header.customerID), in: .network))
    guard customer?.state != .erased else { throw Refusal.notFound }
    return (
      order, version,
      SurveyForm(
        orderNumber: order.number, title: survey.content.title, questions: questions,
        isAnswered: responses.items.contains { $0.followUpID == nil })
    )
  }
}
