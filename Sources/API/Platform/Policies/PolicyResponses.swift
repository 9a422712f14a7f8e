package import Domain
import FoundationEssentials

/// A version of a policy as one caller sees it; lists leave the body out.
package struct PolicyView: JSONWritable {
  private let policy: Policy
  private let actions: [Policy.Action]
  private let isSummary: Bool

  package init(_ policy: Policy, for caller: Caller, isSummary: Bool = false) {
    self.policy = policy
    self.isSummary = isSummary
    // What comes with the product is never written by anybody.
    actions = policy.policyVersion.isDefault ? [] : PolicyLifecycle.table.available(on: policy, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let stamp = policy.stamp
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      if !isSummary { json.field("body", policy.content.body) }
      json.field("createdAt", stamp.createdAt)
      json.field("createdBy", stamp.createdBy.name)
      json.member("decision") { json in
        guard let decision = policy.decision else { return json.null() }
        json.object {
          $0.field("at", decision.at)
          $0.field("by", decision.by.name)
          $0.field("comment", decision.comment)
          $0.field("outcome", decision.outcome)
        }
      }
      json.field("id", policy.id)
      json.field("key", policy.key)
      json.field("number", policy.number)
      json.field("policyVersion", policy.policyVersion.number)
      json.field("reason", policy.content.reason)
      json.field("state", policy.state)
      json.member("subject") { json in
        guard let subject = policy.subject else { return json.null() }
        json.object {
          $0.field("id", subject.id)
          $0.field("kind", subject.kind)
        }
      }
      json.field("submittedAt", policy.submittedAt)
      json.field("updatedAt", stamp.updatedAt)
      json.field("updatedBy", stamp.updatedBy.name)
      json.field("validFrom", policy.content.validFrom)
      json.field("validTo", policy.shownEnd)
      json.field("version", policy.version)
    }
  }
}
