import Domain
import FoundationEssentials
import Testing

@Suite("What a service request tells of a person")
struct ServiceRequestPersonalDataTests {
  @Test("no text that somebody wrote on the way tells a telephone number to who may not know the customer (SEC-04)")
  func textsOnTheWay() {
    let now = RequestSamples.now
    let text = "请打 13812345678 找王小明 Call him"
    let station = Station.ID.new(at: now)
    let progress = ServiceRequestProgress(
      answer: RequestAnswer(text: text, channel: .phone, answeredBy: "甲", answeredAt: now),
      escalation: RequestEscalation(reason: text, escalatedBy: "甲", escalatedAt: now),
      dispatch: RequestDispatch(
        attempt: 1, stationID: station, isOverruled: true, reason: text, dispatchedAt: now, dispatchedBy: "甲"),
      refusals: [RequestRefusal(stationID: station, reason: text, refusedAt: now)],
      resolution: RequestResolution(
        summary: text, caseReference: nil, faultCleared: true, clearedAt: now, resolvedBy: "甲", resolvedAt: now),
      receipts: [RequestReceipt(party: .station, channel: .phone, note: text, returnedBy: "甲", returnedAt: now)],
      callBack: RequestCallBack(isSatisfied: true, rating: 5, comment: text, calledBy: "甲", calledAt: now),
      callAttempts: [RequestCallAttempt(comment: text, calledBy: "甲", calledAt: now)],
      conversion: RequestConversion(target: .complaint, reason: text, preferredAt: nil), exitReason: text)
    let words = RequestSamples.header().clean
    let shown = progress.cleaned(words)
    #expect(String(reflecting: progress).contains("13812345678"))
    #expect(!String(reflecting: shown).contains("13812345678") && !String(reflecting: shown).contains("王小明"))
    #expect(shown.cleaned { $0 } == shown && shown.refusals.first?.reason == words(text))
  }
}
