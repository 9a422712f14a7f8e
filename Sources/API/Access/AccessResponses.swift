import Domain
import FoundationEssentials
import Services

/// A user with what this caller may do to him.
struct UserDocument: JSONWritable {
  let user: User
  let actions: [User.Action]

  init(_ user: User, _ caller: Caller) {
    self.user = user
    actions = User.lifecycle.available(on: user, to: caller)
  }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.array("availableActions", actions)
      $0.field("createdAt", user.stamp.createdAt)
      $0.field("createdBy", user.stamp.createdBy.name)
      $0.field("customerId", user.customerID)
      $0.field("displayName", user.displayName)
      $0.field("externalIds", user.externalIDs)
      $0.field("id", user.id)
      $0.field("mustChangePassword", user.mustChangePassword)
      $0.field("regionId", user.assignment.regionID)
      $0.array("roles", user.roles.map(\.rawValue).sorted())
      $0.field("state", user.state)
      $0.field("stationId", user.assignment.stationID)
      $0.field("supplierId", user.assignment.supplierID)
      $0.field("updatedAt", user.stamp.updatedAt)
      $0.field("updatedBy", user.stamp.updatedBy.name)
      $0.field("username", user.username)
      $0.field("version", user.version)
    }
  }
}

struct DelegationDocument: JSONWritable {
  let delegation: Delegation
  let isActive: Bool

  init(_ delegation: Delegation, at instant: Timestamp) {
    self.delegation = delegation
    isActive = delegation.isActive(at: instant)
  }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("active", isActive)
      $0.field("endsAt", delegation.endsAt)
      $0.field("fromUserId", delegation.fromID)
      $0.field("id", delegation.id)
      $0.field("reason", delegation.reason)
      $0.field("revokedAt", delegation.revokedAt)
      $0.array("roles", delegation.roles.map(\.rawValue).sorted())
      $0.field("startsAt", delegation.startsAt)
      $0.field("toUserId", delegation.toID)
    }
  }
}

/// A machine client; the secret only in the answer that made it.
struct MachineClientDocument: JSONWritable {
  let client: MachineClient
  let actions: [MachineClient.Action]
  let secret: Secret

  enum Secret {
    case shown(TokenText)
    /// In the answer to a repeated request: it was shown once.
    case withheld
    case none
  }

  init(_ client: MachineClient, _ caller: Caller, secret: Secret = .none) {
    self.client = client
    self.secret = secret
    actions = MachineClient.lifecycle.available(on: client, to: caller)
  }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.array("availableActions", actions)
      $0.field("clientId", client.clientID)
      switch secret {
      case .shown(let text): $0.field("clientSecret", text.text)
      case .withheld: $0.null("clientSecret")
      case .none: break
      }
      $0.field("createdAt", client.stamp.createdAt)
      $0.field("createdBy", client.stamp.createdBy.name)
      $0.field("externalIds", client.externalIDs)
      $0.field("id", client.id)
      $0.field("name", client.name)
      $0.field("permissions", client.permissions?.map(\.rawValue).sorted())
      $0.field("regionId", client.assignment.regionID)
      $0.array("roles", client.roles.map(\.rawValue).sorted())
      $0.field("secretRotatedAt", client.secretRotatedAt)
      $0.field("state", client.state)
      $0.field("stationId", client.assignment.stationID)
      $0.field("supplierId", client.assignment.supplierID)
      $0.field("updatedAt", client.stamp.updatedAt)
      $0.field("updatedBy", client.stamp.updatedBy.name)
      $0.field("version", client.version)
    }
  }
}

/// One row of `GET /v1/roles`.
struct RoleDocument: JSONWritable {
  let role: Role

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("code", role)
      $0.array("permissions", role.permissions.map(\.rawValue).sorted())
      $0.field("reach", role.reach)
      $0.array("scopeKinds", role.scopeKinds.map(\.rawValue).sorted())
      $0.field("tier", role.tier)
      $0.object("title") {
        $0.field("en", role.title.english)
        $0.field("zh", role.title.chinese)
      }
    }
  }
}

/// `GET /v1/me`.
struct MeDocument: JSONWritable {
  let standing: MeService.Standing
  let at: Timestamp

  func write(to json: inout JSONWriter) {
    let caller = standing.caller
    json.object {
      $0.array("cases", standing.cases.map(CaseDocument.init))
      $0.array("delegations", standing.delegations.map { DelegationDocument($0, at: at) })
      $0.field("id", caller.subject.id)
      $0.field("kind", caller.subject.kind)
      $0.field("mustChangePassword", standing.mustChangePassword)
      $0.field("name", caller.name)
      $0.array("permissions", caller.permissions.map(\.rawValue).sorted())
      $0.array("roles", caller.roles.map(\.rawValue).sorted())
      $0.member("scope") { ScopeDocument(scope: caller.scope).write(to: &$0) }
      $0.field("tokenExpiresAt", standing.tokenExpiresAt)
      $0.field("username", standing.username)
    }
  }
}

/// A team that the caller is in.
private struct CaseDocument: JSONWritable {
  let membership: CaseMembership

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("grantedAt", membership.grantedAt)
      $0.field("grantedBy", membership.grantedBy.name)
      $0.field("number", membership.number)
      $0.array("permissions", RolePermissions.caseMember(as: membership.role).map(\.rawValue).sorted())
      $0.field("resource", membership.resource.collection)
      $0.field("role", membership.role)
      $0.field("subjectId", membership.caseID)
    }
  }
}

private struct ScopeDocument: JSONWritable {
  let scope: Scope

  func write(to json: inout JSONWriter) {
    var region: Region.ID?
    var station: Station.ID?
    var supplier: UUID?
    switch scope.part {
    case .network: break
    case .region(let id, _): region = id
    case .station(let id): station = id
    case .supplier(let id): supplier = id
    }
    json.object {
      $0.field("kind", scope.kind)
      $0.field("regionId", region)
      $0.field("stationId", station)
      $0.field("supplierId", supplier)
    }
  }
}
