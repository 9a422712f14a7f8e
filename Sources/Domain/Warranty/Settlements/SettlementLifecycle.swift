/// The transition table of settlements (SM-7). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum SettlementLifecycle {
  package static let table = Lifecycle<Settlement>([
    Transition(
      .compile, from: [.draft], to: .compiled, .settlementsCompile, effects: ["settlement.compiled"],
      basis: "SM-7, SET-01, SET-09"),
    // Once more, before the station has looked at it: the same inputs give the same statement (A4).
    Transition(
      .compile, from: [.compiled], to: nil, .settlementsCompile, effects: ["settlement.recompiled"], basis: "A4"),
    Transition(
      .disputeLine, from: [.compiled], to: nil, .settlementsDisputeLine, effects: ["settlement.lineDisputed"],
      basis: "SM-7, SET-10"),
    Transition(
      .confirm, from: [.compiled], to: .stationConfirmed, .settlementsConfirm, guards: [somebodyElse([.compile])],
      effects: ["settlement.confirmed"], basis: "SM-7, SET-10"),
    Transition(
      .audit, from: [.stationConfirmed], to: .audited, .settlementsAudit, guards: [somebodyElse([.compile, .confirm])],
      effects: ["settlement.audited"], basis: "SM-7, SEC-10"),
    // The station had its days and said nothing (SettlementPolicy.confirmationDays).
    Transition(
      .audit, from: [.compiled], to: .audited, .settlementsAudit, outcome: confirmationLapsed,
      guards: [somebodyElse([.compile])], effects: ["settlement.audited"], basis: "SET-10, SEC-10"),
    Transition(
      .approve, from: [.audited], to: .approved, .settlementsApprove,
      guards: [somebodyElse([.compile, .confirm, .audit])], effects: ["settlement.approved"], basis: "SM-7, SEC-10"),
    Transition(
      .pay, from: [.approved], to: .paid, .settlementsPay,
      guards: [somebodyElse([.compile, .confirm, .audit, .approve])], effects: ["settlement.paid"],
      basis: "SM-7, SET-02, SET-03, SEC-10"),
    Transition(
      .close, from: [.paid], to: .closed, .settlementsClose, effects: ["settlement.closed"], basis: "SM-7"),
    Transition(
      .cancel, from: open, to: .cancelled, .settlementsCancel, effects: ["settlement.cancelled"], basis: "SM-7"),
  ])

  /// The way past a station that did not answer in its days.
  static let confirmationLapsed = "confirmationLapsed"

  /// Before payment.
  package static let open: Set<Settlement.State> = [.draft, .compiled, .stationConfirmed, .audited, .approved]

  /// Compiler, auditor, approver and payer are different people, by person and not by role (SEC-10).
  private static func somebodyElse(_ steps: [Settlement.Action]) -> Guard<Settlement> {
    Guard("same-person", "Who took one of the steps before does not take this one; another person must (SEC-10).") {
      settlement, subject in
      guard let person = subject.id else { return true }
      return steps.allSatisfy { settlement.steps[$0]?.isOf(person) != true }
    }
  }
}

extension Settlement {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<Settlement> {
    let row = try SettlementLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }
}
