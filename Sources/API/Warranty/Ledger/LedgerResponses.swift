package import Domain

extension LedgerEntry: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("createdAt", stamp.createdAt)
      json.field("createdBy", stamp.createdBy.name)
      json.field("description", description)
      json.field("id", id)
      json.field("kind", kind)
      json.field("number", number)
      json.field("occurredOn", occurredOn)
      json.array("postings", postings) { json, posting in
        json.object {
          $0.field("account", posting.account)
          $0.field("accountId", posting.accountID)
          $0.field("amount", posting.amount)
        }
      }
      json.field("reason", reason)
      json.field("reversedById", reversedBy)
      json.field("reversesId", reverses)
      json.field("source", source)
      json.field("stationId", stationID)
      json.field("version", version)
    }
  }
}

extension LedgerEntry.Source: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("id", id)
      $0.field("number", number)
      $0.field("resource", resource)
    }
  }
}

extension LedgerAccount: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("balance", balance)
      $0.field("code", code)
      $0.field("currency", currency)
      $0.field("growsByDebit", kind.growsByDebit)
      $0.field("holder", holder)
      $0.field("id", id)
      $0.field("kind", kind)
      $0.field("openedAt", openedAt)
      $0.field("stationId", stationID)
      $0.field("supplierId", supplierID)
    }
  }
}

extension AccountStatement: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.object("account") {
        $0.field("code", account.code)
        $0.field("currency", account.currency)
        $0.field("id", account.id)
        $0.field("kind", account.kind)
      }
      json.field("closing", closing)
      json.field("from", from)
      json.array("lines", lines) { json, line in
        json.object {
          $0.field("amount", line.amount)
          $0.field("balance", line.balance)
          $0.field("description", line.description)
          $0.field("entryId", line.entryID)
          $0.field("kind", line.kind)
          $0.field("number", line.number)
          $0.field("occurredOn", line.occurredOn)
          $0.field("sourceNumber", line.sourceNumber)
        }
      }
      json.field("opening", opening)
      json.field("to", to)
    }
  }
}

extension StationPosition: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("advance", advance)
      $0.field("available", available)
      $0.field("deposit", deposit)
      $0.field("payable", payable)
      $0.field("receivable", receivable)
    }
  }
}

extension PayableItem: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("amount", amount)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("description", description)
      $0.field("disputeReason", disputeReason)
      $0.field("disputed", isDisputed)
      $0.field("entryId", entryID)
      $0.field("id", id)
      $0.field("kind", kind)
      $0.field("lineNumber", line)
      $0.field("occurredOn", occurredOn)
      $0.field("reversesId", reverses)
      $0.field("settlementId", settlementID)
      $0.field("source", source)
      $0.field("stationId", stationID)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}

/// A penalty or reward as one caller sees it, with his actions.
package struct StationAwardView<Kind: AwardKind>: JSONWritable {
  private let award: StationAward<Kind>
  private let actions: [StationAward<Kind>.Action]

  package init(_ award: StationAward<Kind>, for caller: Caller) {
    self.award = award
    actions = Kind.table.available(on: award, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("amount", award.header.amount)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("code", award.header.code)
      json.field("createdAt", award.stamp.createdAt)
      json.field("createdBy", award.stamp.createdBy.name)
      json.field("externalIds", award.header.externalIDs)
      json.field("id", award.id)
      json.field("number", award.number)
      json.field("occurredOn", award.header.occurredOn)
      json.field("policyVersion", award.policyVersion)
      json.field("reason", award.header.reason)
      json.field("revokedReason", award.revokedReason)
      json.field("state", award.state)
      json.field("stationId", award.header.stationID)
      json.field("updatedAt", award.stamp.updatedAt)
      json.field("updatedBy", award.stamp.updatedBy.name)
      json.field("version", award.version)
    }
  }
}
