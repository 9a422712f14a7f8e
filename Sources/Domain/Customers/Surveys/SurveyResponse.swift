/// What one customer answered to one version of a survey. Never changed (FUP-16, FUP-17).
package struct SurveyResponse: ImmutableDocument {
  package typealias ID = Identifier<SurveyResponse>

  /// How the answers came.
  package enum Channel: String, Hashable, Sendable, CaseIterable {
    /// On a follow-up call.
    case call
    /// By the customer himself, with his signed link.
    case link
    case counter, letter
  }

  package static let resource = Resource.surveyResponse

  package let id: ID
  package let survey: SurveyVersion
  package let stationID: Station.ID
  package let channel: Channel
  package let customerID: Customer.ID?
  package let workOrderID: WorkOrder.ID?
  package let followUpID: FollowUp.ID?
  package let answers: [SurveyAnswer]
  /// Suggestions in his own words (FUP-17).
  package let comment: String?
  package let stamp: RecordStamp

  package var designation: String? { nil }
  package var audience: Audience { .station(stationID) }

  package init(
    id: ID, survey: SurveyVersion, stationID: Station.ID, channel: Channel, customerID: Customer.ID?,
    workOrderID: WorkOrder.ID?, followUpID: FollowUp.ID?, answers: [SurveyAnswer], comment: String?,
    stamp: RecordStamp
  ) {
    self.id = id
    self.survey = survey
    self.stationID = stationID
    self.channel = channel
    self.customerID = customerID
    self.workOrderID = workOrderID
    self.followUpID = followUpID
    self.answers = answers
    self.comment = comment
    self.stamp = stamp
  }

  package func changes(from before: SurveyResponse?) -> [FieldChange] { [] }

  /// Mean of the ratings in hundredths.
  package var ratingHundredths: Int64? {
    let marks = answers.compactMap { if case .rating(let mark) = $0.value { Int64(mark) } else { nil } }
    return marks.isEmpty ? nil : (marks.reduce(0, +) * 200 + Int64(marks.count)) / (2 * Int64(marks.count))
  }

  /// The worst of the ratings.
  package var lowestRating: Int? {
    answers.compactMap { if case .rating(let mark) = $0.value { mark } else { nil } }.min()
  }

  /// What a complaint about it begins with: the customer's own words, else his marks by the codes of their questions.
  package var words: String {
    let texts = answers.compactMap { if case .text(let text) = $0.value { text } else { nil } }
    let said = (comment.map { [$0] } ?? []) + texts
    if !said.isEmpty { return String(said.joined(separator: "\n").prefix(10_000)) }
    return answers.compactMap { answer in
      switch answer.value {
      case .rating(let mark), .nps(let mark): "\(answer.code): \(mark)"
      case .yesNo, .text: nil
      }
    }.joined(separator: ", ")
  }

  package var nps: Int? {
    answers.lazy.compactMap { if case .nps(let mark) = $0.value { mark } else { nil } }.first
  }
}

package struct SurveyAnswer: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    case rating(Int)
    case nps(Int)
    case yesNo(Bool)
    case text(String)
  }

  /// Of the question.
  package let code: String
  package let value: Value

  package init(code: String, value: Value) {
    self.code = code
    self.value = value
  }
}

/// An answer as it comes: what it means says the question.
package struct SurveyAnswerDraft: Hashable, Sendable {
  package let code: String
  package let number: Int?
  package let flag: Bool?
  package let text: String?

  package init(code: String, number: Int?, flag: Bool?, text: String?) {
    self.code = code
    self.number = number
    self.flag = flag
    self.text = text
  }

  /// The answers held against the questions of one version: every fault at once.
  package static func answers(
    _ drafts: [SurveyAnswerDraft], to questions: [SurveyQuestion], at pointer: String = "#/answers"
  ) throws(Refusal) -> [SurveyAnswer] {
    var violations: [Violation] = []
    var found: [String: SurveyAnswer] = [:]
    for (place, draft) in drafts.enumerated() {
      func refuse(_ member: String, _ code: Violation.Code, _ detail: String) {
        violations.append(Violation(pointer: "\(pointer)/\(place)/\(member)", code: code, detail: detail))
      }
      guard let question = questions.first(where: { $0.code == draft.code }) else {
        refuse("code", .notFound, "the survey has no such question")
        continue
      }
      if found[draft.code] != nil {
        refuse("code", .notUnique, "is answered already")
        continue
      }
      switch (question.kind, draft.number, draft.flag, draft.text) {
      case (.rating, let mark?, nil, nil):
        if (1...5).contains(mark) {
          found[draft.code] = SurveyAnswer(code: draft.code, value: .rating(mark))
        } else {
          refuse("number", .outOfRange, "must be between 1 and 5")
        }
      case (.nps, let mark?, nil, nil):
        if (0...10).contains(mark) {
          found[draft.code] = SurveyAnswer(code: draft.code, value: .nps(mark))
        } else {
          refuse("number", .outOfRange, "must be between 0 and 10")
        }
      case (.yesNo, nil, let flag?, nil): found[draft.code] = SurveyAnswer(code: draft.code, value: .yesNo(flag))
      case (.text, nil, nil, let text?): found[draft.code] = SurveyAnswer(code: draft.code, value: .text(text))
      case (.rating, _, _, _), (.nps, _, _, _): refuse("number", .required, "is the only answer to this question")
      case (.yesNo, _, _, _): refuse("flag", .required, "is the only answer to this question")
      case (.text, _, _, _): refuse("text", .required, "is the only answer to this question")
      }
    }
    for question in questions where question.isRequired && !drafts.contains(where: { $0.code == question.code }) {
      violations.append(
        Violation(pointer: pointer, code: .required, detail: "\(question.code) must be answered"))
    }
    if !violations.isEmpty { throw .invalid(violations) }
    return questions.compactMap { found[$0.code] }
  }
}

package struct SurveyResponseDraft: Hashable, Sendable {
  package let survey: Survey.ID
  package let channel: SurveyResponse.Channel
  package let stationID: Station.ID?
  package let customerID: Customer.ID?
  package let workOrderID: WorkOrder.ID?
  /// Who answered, if he has no file; his bad marks are a complaint with this contact.
  package let contact: RequestContact?
  package let answers: [SurveyAnswerDraft]
  package let comment: String?

  package init(
    survey: Survey.ID, channel: SurveyResponse.Channel, stationID: Station.ID?, customerID: Customer.ID?,
    workOrderID: WorkOrder.ID?, contact: RequestContact? = nil, answers: [SurveyAnswerDraft], comment: String?
  ) {
    self.survey = survey
    self.channel = channel
    self.stationID = stationID
    self.customerID = customerID
    self.workOrderID = workOrderID
    self.contact = contact
    self.answers = answers
    self.comment = comment
  }
}

package struct SurveyResponseFilter: Hashable, Sendable {
  package var surveyID: Survey.ID?
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var workOrderID: WorkOrder.ID?
  package var channels: [SurveyResponse.Channel] = []
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package init() {}
}

extension SurveyResponse: HoldsPersonalData {
  package var masked: SurveyResponse {
    SurveyResponse(
      id: id, survey: survey, stationID: stationID, channel: channel, customerID: customerID,
      workOrderID: workOrderID, followUpID: followUpID,
      answers: answers.map {
        if case .text(let text) = $0.value {
          SurveyAnswer(code: $0.code, value: .text(FreeText.cleaned(text)))
        } else {
          $0
        }
      }, comment: comment.map { FreeText.cleaned($0) }, stamp: stamp)
  }
}
