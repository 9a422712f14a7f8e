/// The transition table of follow-ups (SM-13). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum FollowUpLifecycle {
  package static let table = Lifecycle<FollowUp>([
    Transition(
      .recordCall, from: [.scheduled, .missed], to: .done, .followUpsRecordCall, guards: [isOpen],
      effects: ["followUp.called", "followUp.contradicted"], basis: "FUP-05, FUP-11, FUP-14"),
    Transition(
      .recordCall, from: [.scheduled, .missed], to: .openIssue, .followUpsRecordCall, outcome: Outcome.issue,
      guards: [isOpen],
      effects: ["followUp.called", "followUp.issueOpened", "followUp.contradicted"],
      basis: "FUP-05, FUP-06, FUP-14"),
    Transition(
      .recordCall, from: [.scheduled, .missed], to: nil, .followUpsRecordCall, outcome: Outcome.unreachable,
      guards: [isOpen],
      effects: ["followUp.attempted"], basis: "SM-13"),
    Transition(
      .recordCall, from: [.scheduled, .missed], to: .notReached, .followUpsRecordCall, outcome: Outcome.notReached,
      guards: [isOpen], effects: ["followUp.notReached"], basis: "SM-13"),
    Transition(
      .escalate, from: [.openIssue], to: nil, .followUpsEscalate, guards: [isNotEscalated],
      effects: ["followUp.escalated"], basis: "FUP-06, T-04"),
    Transition(
      .answer, from: [.openIssue], to: .done, .followUpsAnswer, effects: ["followUp.answered"],
      basis: "FUP-07, T-05"),
  ])

  /// How a call can end beside the usual way.
  package enum Outcome {
    package static let issue = "issue"
    package static let unreachable = "unreachable"
    package static let notReached = "notReached"
  }

  /// What time and the erasure of a person do, beside the actions of people.
  package static let byItself: [(from: FollowUp.State, to: FollowUp.State)] = [
    (.scheduled, .missed), (.scheduled, .cancelled), (.missed, .cancelled),
  ]

  private static let isOpen = Guard<FollowUp>(
    "first-call-outstanding", "The second call follows the first, which is outstanding."
  ) { document, _ in document.plan.opensAt != nil }

  private static let isNotEscalated = Guard<FollowUp>(
    "already-escalated", "The business supervisor has it already."
  ) { document, _ in document.issue?.escalation == nil }
}
