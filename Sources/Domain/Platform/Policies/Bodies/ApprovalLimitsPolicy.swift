/// Up to which amount a role decides (M23, SEC-10). A permission that no entry names is not limited by amount.
package struct ApprovalLimitsPolicy: PolicyBody {
  package static let key = PolicyKey.approvalLimits

  package var limits: [ApprovalLimit]

  /// The most that a holder of these roles may decide.
  package enum Allowance: Hashable, Sendable {
    case unlimited
    case upTo(Money)
    /// The permission is limited, and none of the roles has a limit.
    case nothing
  }

  package func allowance(for permission: Permission, of roles: Set<Role>) -> Allowance {
    let entries = limits.filter { $0.permission == permission }
    if entries.isEmpty { return .unlimited }
    let own = entries.filter { roles.contains($0.role) }
    if own.isEmpty { return .nothing }
    guard let most = own.compactMap(\.upTo).max(by: { $0.minor < $1.minor }), own.allSatisfy({ $0.upTo != nil })
    else { return .unlimited }
    return .upTo(most)
  }

  /// Whether a holder of these roles may decide about this amount; equal is inside (0.3-8).
  package func allows(_ amount: Money, for permission: Permission, of roles: Set<Role>) -> Bool {
    switch allowance(for: permission, of: roles) {
    case .unlimited: true
    case .nothing: false
    case .upTo(let most): amount.currency == most.currency && amount.minor <= most.minor
    }
  }

  /// The most that a holder of these roles may decide about; `nil`: nothing.
  package func most(for permission: Permission, of roles: Set<Role>) -> Money? {
    if case .upTo(let most) = allowance(for: permission, of: roles) { most } else { nil }
  }

  package static let pattern = PolicyDefaults.approvalLimits
  package static let fields = [PolicyField("limits", \Self.limits, .list(of: .record, 0...500))]

  package static func check(_ policy: ApprovalLimitsPolicy, _ faults: inout PolicyFaults) {
    var seen: Set<[String]> = []
    var currencies: [Permission: Currency] = [:]
    for (index, limit) in policy.limits.enumerated() {
      if !seen.insert([limit.role.rawValue, limit.permission.rawValue]).inserted {
        faults.refuse("limits", index, "role", .notUnique, "must have one limit for each permission")
      }
      if let currency = limit.upTo?.currency {
        if let former = currencies[limit.permission], former != currency {
          faults.refuse("limits", index, "upTo", .inconsistent, "must be in \(former.rawValue) as the entry before")
        }
        currencies[limit.permission] = currency
      }
    }
  }
}

/// What one role may decide with one permission.
package struct ApprovalLimit: PolicyRecord {
  package var role: Role
  package var permission: Permission
  /// `nil`: any amount.
  package var upTo: Money?

  package init(_ role: Role, _ permission: Permission, upTo: Money?) {
    self.role = role
    self.permission = permission
    self.upTo = upTo
  }

  package static let pattern = ApprovalLimit(.hqClaims, .warrantyClaimsDecide, upTo: nil)
  package static let fields = [
    PolicyField("permission", \Self.permission, .permission),
    PolicyField("role", \Self.role, .choice(Role.self, name: "RoleCode")),
    PolicyField("upTo", \Self.upTo, .optional(.amount)),
  ]

  package static func check(_ limit: ApprovalLimit, _ faults: inout PolicyFaults) {
    if !limit.role.permissions.contains(limit.permission) {
      faults.refuse("permission", "is not a permission of the role \(limit.role.rawValue)")
    }
  }
}

extension PolicyCodec where Value == Permission {
  /// The contract lists permissions in its scopes, not once more here.
  fileprivate static var permission: PolicyCodec {
    let word = PolicyCodec<Permission>.choice(Permission.self)
    return PolicyCodec(
      schema: PolicySchema(.object(["type": .text("string"), "pattern": .text("^[a-zA-Z]+:[a-zA-Z]+$")])),
      read: word.read, write: word.write)
  }
}
