package import Domain
package import Repositories

/// Surveys (FUP-16…19): written by those who see the whole network, asked by all.
package struct SurveyService: DocumentService {
  package typealias Document = Survey
  package typealias Filter = SurveyFilter
  package typealias Store = SurveyRepository

  package static let reading = Permission.surveysRead
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.alreadyExists` for a code that is taken.
  package func create(_ draft: SurveyDraft, _ command: Command<Survey>) async throws -> Answer {
    do {
      return try await work.perform(command, .surveysWrite) { tx in
        try Self.requireNetwork(command.caller)
        try SurveyQuestion.check(draft.content.questions)
        let survey = Survey(
          id: .new(at: command.at), code: draft.code, use: draft.use, content: draft.content, questionVersion: 1,
          version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        return insert(survey, Effects(["survey.created"]), command, in: tx)
      }
    } catch Refusal.alreadyExists(let field, nil) {
      let found = try await work.database.read(
        command.caller, SurveyRepository.find(.number(draft.code), in: command.caller.scope))
      throw Refusal.alreadyExists(field: field, existingID: found?.id.description)
    }
  }

  /// Other questions are another version; what was answered stays with the version that was asked.
  package func update(
    _ reference: Reference<Survey>, _ edit: Survey.Edit, _ command: Command<Survey>
  ) async throws -> Answer {
    try await change(reference, .surveysWrite, "survey.updated", command) { survey, _ in
      try Self.requireNetwork(command.caller)
      try survey.apply(edit)
    }
  }

  /// Results of the stations that the caller sees (FUP-16, FUP-18).
  package func results(
    of reference: Reference<Survey>, at station: Station.ID?, from: Timestamp?, before: Timestamp?, _ caller: Caller
  ) async throws -> (survey: Survey, results: [SurveyResult]) {
    try caller.require(.surveyResponsesRead)
    let survey = try await get(reference, caller)
    let (totals, questions) = try await work.database.snapshot(caller) { tx in
      try await tx.run(
        SurveyResponseRepository.totals(of: survey.id, at: station, from: from, before: before, in: caller.scope),
        SurveyResponseRepository.questions(of: survey.id, at: station, from: from, before: before, in: caller.scope))
    }
    let byStation = Dictionary(grouping: questions, by: \.0).mapValues { $0.map(\.1) }
    return (
      survey,
      totals.map { total in
        var result = total
        result.questions = byStation[total.stationID] ?? []
        return result
      }
    )
  }

  private static func requireNetwork(_ caller: Caller) throws(Refusal) {
    if caller.scope != .network { throw .forbidden(.surveysWrite) }
  }
}

/// What customers answered (FUP-16, FUP-17).
package struct SurveyResponseService: DocumentService {
  package typealias Document = SurveyResponse
  package typealias Filter = SurveyResponseFilter
  package typealias Store = SurveyResponseRepository

  package static let reading = Permission.surveyResponsesRead
  package let work: UnitOfWork
  private let complaints: ComplaintService

  package init(_ work: UnitOfWork, complaints: ComplaintService) {
    self.work = work
    self.complaints = complaints
  }

  /// Answers that a customer gave at the counter or in a letter.
  ///
  /// - Throws: `conflict` `survey-answered` for an order that was rated with the survey before.
  package func create(_ draft: SurveyResponseDraft, _ command: Command<SurveyResponse>) async throws -> Answer {
    try await work.perform(command, .surveyResponsesWrite) { tx in
      let station = try command.caller.scope.station(naming: draft.stationID)
      let scope = command.caller.scope
      var violations: [Violation] = []
      let survey = try await tx.run(SurveyRepository.find(.id(draft.survey), in: scope))
      if survey?.content.isActive != true {
        violations.append(Violation(pointer: "#/surveyId", code: .notFound, detail: "there is no such survey"))
      }
      var customerID = draft.customerID
      var repair: WorkOrder?
      if let id = draft.customerID {
        let customer = try await tx.run(CustomerRepository.find(.id(id), in: scope))
        if customer?.stationID != station || customer?.state != .active {
          violations.append(
            Violation(pointer: "#/customerId", code: .notFound, detail: "there is no such customer at this station"))
        }
      }
      if let id = draft.workOrderID {
        let order = try await tx.run(WorkOrderRepository.find(.id(id), in: scope))
        if let order, order.stationID == station {
          if let customerID, customerID != order.header.customerID {
            violations.append(
              Violation(pointer: "#/customerId", code: .inconsistent, detail: "is not the customer of the order"))
          }
          customerID = order.header.customerID
          repair = order
        } else {
          violations.append(
            Violation(pointer: "#/workOrderId", code: .notFound, detail: "there is no such order at this station"))
        }
      }
      if draft.contact != nil, customerID != nil || draft.workOrderID != nil {
        violations.append(
          Violation(
            pointer: "#/contact", code: .inconsistent, detail: "is for somebody who has no customer file; leave it out")
        )
      }
      guard violations.isEmpty, let survey else { throw Refusal.invalid(violations) }
      let response = SurveyResponse(
        id: .new(at: command.at), survey: survey.inForce, stationID: station, channel: draft.channel,
        customerID: customerID, workOrderID: draft.workOrderID, followUpID: nil,
        answers: try SurveyAnswerDraft.answers(draft.answers, to: survey.content.questions), comment: draft.comment,
        stamp: RecordStamp(by: command.caller, at: command.at))
      // Refused before it is presented.
      for statement in SurveyResponseRepository.save(response, over: nil) { _ = try await tx.run(statement) }
      let complaint = try await complaints.open(
        about: response, after: repair, from: draft.contact, command, in: tx)
      tx.record(response.received(leadingTo: complaint), by: command)
      return response
    }
  }
}

extension SurveyResponse {
  /// That it came, with its marks and the complaint that they are.
  func received(leadingTo complaint: Complaint? = nil) -> Change {
    event(
      "surveyResponse.received",
      data: [
        "surveyId": .text(survey.surveyID.description), "channel": .text(channel.rawValue),
        "nps": nps.map { .integer(Int64($0)) } ?? .null,
        "workOrderId": .optional(workOrderID?.description), "complaintId": .optional(complaint?.id.description),
      ])
  }
}
