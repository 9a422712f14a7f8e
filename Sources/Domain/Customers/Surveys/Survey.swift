/// Questions to customers (FUP-16…19). A survey is known by its code; what it asks stands in versions that never change, so that
/// answers of different years can be compared and none is read under another question.
package struct Survey: RevisedDocument {
  package typealias ID = Identifier<Survey>

  /// Where it is asked.
  package enum Use: String, Hashable, Sendable, CaseIterable {
    /// On the two calls after a visit.
    case firstFollowUp, secondFollowUp
    /// By the customer himself, after the repair (FUP-17).
    case afterService
    /// Customer and sales satisfaction indices (FUP-18).
    case csi, ssi
  }

  package static let resource = Resource.survey

  package let id: ID
  /// Unique and never changed.
  package let code: String
  package let use: Use
  package var content: Content
  /// Of the questions in force, from 1.
  package private(set) var questionVersion: Int
  package var revision: Revision

  package struct Content: Hashable, Sendable {
    package var title: String
    package var isActive: Bool
    package var questions: [SurveyQuestion]
    package var externalIDs: [String: String]

    package init(title: String, isActive: Bool, questions: [SurveyQuestion], externalIDs: [String: String]) {
      self.title = title
      self.isActive = isActive
      self.questions = questions
      self.externalIDs = externalIDs
    }
  }

  package var designation: String? { code }
  package var audience: Audience { .network }
  package var inForce: SurveyVersion { SurveyVersion(surveyID: id, number: questionVersion) }

  package init(
    id: ID, code: String, use: Use, content: Content, questionVersion: Int, version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.use = use
    self.content = content
    self.questionVersion = questionVersion
    self.revision = Revision(version: version, stamp: stamp)
  }

  package func changes(from before: Survey?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.choice("use", before?.use, use)
    comparison.field("title", before?.content.title, content.title)
    comparison.field("isActive", before?.content.isActive ?? false, content.isActive)
    comparison.field("questionVersion", before?.questionVersion, questionVersion)
    comparison.field(
      "questions", before?.content.questions.map(\.code) ?? [], content.questions.map(\.code))
    comparison.field("externalIds", before?.content.externalIDs ?? [:], content.externalIDs)
    return comparison.changes
  }

  package struct Edit: Sendable {
    package var title: Patch<String> = .keep
    package var isActive: Patch<Bool> = .keep
    package var questions: Patch<[SurveyQuestion]> = .keep
    package var externalIDs: ExternalIDsPatch = .keep
    package init() {}
  }

  /// Other questions are another version; those that were asked stay as they were.
  package mutating func apply(_ edit: Edit) throws(Refusal) {
    let asked = content.questions
    edit.title.merge(into: &content.title)
    edit.isActive.merge(into: &content.isActive)
    edit.questions.merge(into: &content.questions)
    try edit.externalIDs.merge(into: &content.externalIDs)
    try SurveyQuestion.check(content.questions)
    if content.questions != asked { questionVersion += 1 }
  }
}

/// One version of the questions of a survey.
package struct SurveyVersion: Hashable, Sendable {
  package let surveyID: Survey.ID
  package let number: Int

  package init(surveyID: Survey.ID, number: Int) {
    self.surveyID = surveyID
    self.number = number
  }
}

package struct SurveyQuestion: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// 1 … 5 (D-23)
    case rating
    /// 0 … 10: how likely he recommends the station; 9 and 10 promote, up to 6 detract.
    case nps
    case yesNo, text
  }

  package let code: String
  package let kind: Kind
  package let text: String
  package let textEn: String?
  package let isRequired: Bool

  package init(code: String, kind: Kind, text: String, textEn: String?, isRequired: Bool) {
    self.code = code
    self.kind = kind
    self.text = text
    self.textEn = textEn
    self.isRequired = isRequired
  }

  package static func check(_ questions: [SurveyQuestion]) throws(Refusal) {
    var codes: Set<String> = []
    var violations: [Violation] = []
    for (place, question) in questions.enumerated() where !codes.insert(question.code).inserted {
      violations.append(
        Violation(pointer: "#/questions/\(place)/code", code: .notUnique, detail: "must be unique in the survey"))
    }
    for (place, _) in questions.enumerated().filter({ $1.kind == .nps }).dropFirst() {
      violations.append(
        Violation(pointer: "#/questions/\(place)/kind", code: .notUnique, detail: "a survey asks once for the NPS"))
    }
    if !violations.isEmpty { throw .invalid(violations) }
  }
}

package struct SurveyDraft: Hashable, Sendable {
  package let code: String
  package let use: Survey.Use
  package let content: Survey.Content

  package init(code: String, use: Survey.Use, content: Survey.Content) {
    self.code = code
    self.use = use
    self.content = content
  }
}

package struct SurveyFilter: Hashable, Sendable {
  package var uses: [Survey.Use] = []
  package var isActive: Bool?
  package init() {}
}

/// What a station's customers answered (FUP-16, FUP-18).
package struct SurveyResult: Hashable, Sendable {
  package struct Question: Hashable, Sendable {
    package let code: String
    package let kind: SurveyQuestion.Kind
    package let answers: Int
    /// Mean of the marks in hundredths; share of yes in hundredths of one. `nil` for text, and without answers.
    package let meanHundredths: Int64?

    package init(code: String, kind: SurveyQuestion.Kind, answers: Int, meanHundredths: Int64?) {
      self.code = code
      self.kind = kind
      self.answers = answers
      self.meanHundredths = meanHundredths
    }
  }

  package let stationID: Station.ID
  package let responses: Int
  /// Mean of all ratings, in hundredths.
  package let ratingHundredths: Int64?
  package let promoters: Int
  package let passives: Int
  package let detractors: Int
  package var questions: [Question]

  package init(
    stationID: Station.ID, responses: Int, ratingHundredths: Int64?, promoters: Int, passives: Int, detractors: Int,
    questions: [Question]
  ) {
    self.stationID = stationID
    self.responses = responses
    self.ratingHundredths = ratingHundredths
    self.promoters = promoters
    self.passives = passives
    self.detractors = detractors
    self.questions = questions
  }

  /// Share of promoters less share of detractors, −100 … 100, rounded to whole points; `nil` without answers.
  package var nps: Int? {
    let all = promoters + passives + detractors
    guard all > 0 else { return nil }
    let points = (promoters - detractors) * 100
    return (points * 2 + (points >= 0 ? all : -all)) / (all * 2)
  }
}
