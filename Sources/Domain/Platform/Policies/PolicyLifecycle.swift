/// The transition table of policies (domain.md section 5).
package enum PolicyLifecycle {
  package static let table = Lifecycle<Policy>([
    Transition(
      .submit, from: [.draft], to: .submitted, .policiesWrite, effects: ["policy.submitted"], basis: "M23"),
    Transition(
      .approve, from: [.submitted], to: .approved, .policiesApprove, guards: [decidedByAnother],
      effects: ["policy.approved"], basis: "M23, SEC-10"),
    Transition(
      .return, from: [.submitted], to: .draft, .policiesApprove, guards: [decidedByAnother],
      effects: ["policy.returned"], basis: "M23, SEC-10"),
    Transition(
      .reject, from: [.submitted], to: .rejected, .policiesApprove, guards: [decidedByAnother],
      effects: ["policy.rejected"], basis: "M23, SEC-10"),
    Transition(
      .withdraw, from: [.draft, .submitted], to: .withdrawn, .policiesWrite, effects: ["policy.withdrawn"],
      basis: "M23"),
    Transition(
      .revoke, from: [.approved], to: .withdrawn, .policiesApprove, guards: [writtenByPeople],
      effects: ["policy.revoked"], basis: "M23"),
  ])

  private static let decidedByAnother = Guard<Policy>(
    "author-decides", "Who wrote a policy does not decide about it; another person must."
  ) { policy, subject in
    guard let person = subject.id else { return false }
    return !policy.authors.contains(person)
  }

  private static let writtenByPeople = Guard<Policy>(
    "default-policy", "What comes with the product is not revoked; approve a version of your own."
  ) { policy, _ in !policy.policyVersion.isDefault }
}
