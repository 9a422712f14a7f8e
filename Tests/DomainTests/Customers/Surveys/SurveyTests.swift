import Domain
import Testing

/// Questions, answers and what they come to (FUP-16…18).
@Suite struct SurveyTests {
  private static let questions = [
    SurveyQuestion(code: "service", kind: .rating, text: "满意吗", textEn: nil, isRequired: true),
    SurveyQuestion(code: "recommend", kind: .nps, text: "推荐吗", textEn: nil, isRequired: false),
    SurveyQuestion(code: "explained", kind: .yesNo, text: "解释了吗", textEn: nil, isRequired: false),
    SurveyQuestion(code: "remark", kind: .text, text: "建议", textEn: nil, isRequired: false),
  ]

  private static func draft(
    _ code: String, number: Int? = nil, flag: Bool? = nil, text: String? = nil
  ) -> SurveyAnswerDraft {
    SurveyAnswerDraft(code: code, number: number, flag: flag, text: text)
  }

  @Test("answers are read by their questions, in the order of these (FUP-16)")
  func answers() throws {
    let answers = try SurveyAnswerDraft.answers(
      [
        Self.draft("remark", text: "安静些"), Self.draft("explained", flag: true), Self.draft("recommend", number: 10),
        Self.draft("service", number: 1),
      ], to: Self.questions)
    #expect(answers.map(\.code) == ["service", "recommend", "explained", "remark"])
    #expect(answers.map(\.value) == [.rating(1), .nps(10), .yesNo(true), .text("安静些")])
  }

  @Test(
    "every fault of the answers is told at once (C-09)",
    arguments: [
      ([draft("service", number: 6)], "#/answers/0/number"), ([draft("service", number: 0)], "#/answers/0/number"),
      ([draft("service", number: 3), draft("recommend", number: 11)], "#/answers/1/number"),
      ([draft("service", flag: true)], "#/answers/0/number"), ([draft("explained", number: 1)], "#/answers/0/flag"),
      ([draft("remark", number: 1)], "#/answers/0/text"), ([draft("nope", number: 1)], "#/answers/0/code"),
      ([draft("service", number: 3), draft("service", number: 4)], "#/answers/1/code"),
      ([draft("service", number: 3, text: "x")], "#/answers/0/number"), ([draft("recommend", number: 3)], "#/answers"),
    ])
  func faults(drafts: [SurveyAnswerDraft], pointer: String) {
    #expect {
      try SurveyAnswerDraft.answers(drafts, to: Self.questions)
    } throws: { error in
      guard case .invalid(let violations)? = error as? Refusal else { return false }
      return violations.contains { $0.pointer == pointer }
    }
  }

  @Test(
    "the net promoter score is the share of promoters less that of detractors, rounded to points (FUP-18)",
    arguments: [
      (0, 0, 0, Int?.none), (1, 0, 0, 100), (0, 0, 3, -100), (24, 10, 6, 45), (1, 1, 1, 0), (2, 0, 1, 33),
      (1, 0, 2, -33), (1, 5, 2, -13),
    ])
  func nps(promoters: Int, passives: Int, detractors: Int, expected: Int?) {
    let result = SurveyResult(
      stationID: .new(at: Timestamp(milliseconds: 0)), responses: 1, ratingHundredths: nil, promoters: promoters,
      passives: passives, detractors: detractors, questions: [])
    #expect(result.nps == expected)
  }

  @Test("codes are unique, and the NPS is asked once")
  func questions() {
    #expect(throws: Never.self) { try SurveyQuestion.check(Self.questions) }
    #expect(throws: Refusal.self) { try SurveyQuestion.check(Self.questions + [Self.questions[0]]) }
    #expect(throws: Refusal.self) {
      try SurveyQuestion.check(
        Self.questions + [SurveyQuestion(code: "n2", kind: .nps, text: "x", textEn: nil, isRequired: false)])
    }
  }

  @Test("other questions are another version, another title is not (FUP-16)")
  func versions() throws {
    let now = Timestamp(milliseconds: 0)
    let author = Caller(subject: .system, name: "x", roles: [], permissions: [], scope: .network)
    var survey = Survey(
      id: .new(at: now), code: "A", use: .csi,
      content: .init(title: "t", isActive: true, questions: Self.questions, externalIDs: [:]), questionVersion: 1,
      version: 1, stamp: RecordStamp(by: author, at: now))
    var edit = Survey.Edit()
    edit.title = .set("u")
    edit.questions = .set(Self.questions)
    try survey.apply(edit)
    #expect(survey.questionVersion == 1)
    edit.questions = .set(Self.questions.dropLast())
    try survey.apply(edit)
    #expect(survey.questionVersion == 2 && survey.content.questions.count == 3)
  }
}
