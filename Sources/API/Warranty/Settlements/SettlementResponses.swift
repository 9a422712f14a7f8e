package import Domain

/// A settlement as one caller sees it, with his actions. Its lines are in its statement.
package struct SettlementView: JSONWritable {
  private let settlement: Settlement
  private let actions: [Settlement.Action]

  package init(_ settlement: Settlement, for caller: Caller) {
    self.settlement = settlement
    // Past the station only where it has days to answer in.
    actions = SettlementLifecycle.table.available(on: settlement, to: caller).filter {
      $0 != .audit || settlement.state != .compiled || settlement.confirmBy != nil
    }
  }

  package func write(to json: inout JSONWriter) {
    let figures = settlement.figures
    json.object { json in
      json.field("advance", settlement.money(figures.advance))
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("closing", settlement.money(figures.closing))
      json.field("confirmBy", settlement.confirmBy)
      json.field("contentHash", settlement.contentHash)
      json.field("createdAt", settlement.stamp.createdAt)
      json.field("createdBy", settlement.stamp.createdBy.name)
      json.field("currency", settlement.currency)
      json.field("dueOn", settlement.dueOn)
      json.field("entryId", settlement.payment?.entryID)
      json.field("exitReason", settlement.exitReason)
      json.field("id", settlement.id)
      json.field("items", settlement.money(figures.items))
      json.field("lineCount", settlement.lineCount)
      json.field("number", settlement.number)
      json.field("opening", settlement.money(figures.opening))
      json.field("paidOn", settlement.payment?.paidOn)
      json.field("payment", settlement.money(figures.payment))
      json.field("paymentReference", settlement.payment?.reference)
      json.field("periodFrom", settlement.periodFrom)
      json.field("periodTo", settlement.periodTo)
      json.field("state", settlement.state)
      json.field("stationId", settlement.stationID)
      json.field("steps", settlement.stepsInOrder)
      json.field("terms", settlement.terms)
      json.field("updatedAt", settlement.stamp.updatedAt)
      json.field("updatedBy", settlement.stamp.updatedBy.name)
      json.field("version", settlement.version)
    }
  }
}

/// A step with its name.
struct NamedStep: JSONWritable {
  let action: Settlement.Action
  let step: Settlement.Step

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("action", action)
      $0.field("at", step.at)
      $0.field("by", step.by.name)
      $0.field("note", step.note)
    }
  }
}

extension Settlement {
  /// In the order of the life cycle.
  var stepsInOrder: [NamedStep] {
    Action.allCases.compactMap { action in steps[action].map { NamedStep(action: action, step: $0) } }
  }
}

extension Settlement.Terms: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("confirmationDays", confirmationDays)
      $0.field("leastPayment", leastPayment)
      $0.field("offsetsReceivables", offsetsReceivables)
      $0.field("paymentDays", paymentDays)
      $0.field("policyVersion", policyVersion)
      $0.field("rounding", rounding)
    }
  }
}

extension Settlement.Line: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("amount", item.amount)
      $0.field("description", item.description)
      $0.field("entryId", item.entryID)
      $0.field("itemId", item.id)
      $0.field("kind", item.kind)
      $0.field("number", number)
      $0.field("occurredOn", item.occurredOn)
      $0.field("reason", reason)
      $0.field("source", item.source)
      $0.field("sourceLine", item.line)
      $0.field("state", state)
    }
  }
}

/// The statement as data: everything that the paper says, and the proof of it.
struct SettlementStatementView: JSONWritable {
  let settlement: Settlement
  let station: Station

  func write(to json: inout JSONWriter) {
    let figures = settlement.figures
    json.object { json in
      json.field("advance", settlement.money(figures.advance))
      json.field("closing", settlement.money(figures.closing))
      json.field("content", SettlementContent(settlement)?.text)
      json.field("contentHash", settlement.contentHash)
      json.field("currency", settlement.currency)
      json.field("dueOn", settlement.dueOn)
      json.field("items", settlement.money(figures.items))
      json.field("lines", settlement.lines)
      json.field("number", settlement.number)
      json.field("opening", settlement.money(figures.opening))
      json.field("paidOn", settlement.payment?.paidOn)
      json.field("payment", settlement.money(figures.payment))
      json.field("paymentInWords", ChineseAmount.text(settlement.money(figures.payment)))
      json.field("paymentReference", settlement.payment?.reference)
      json.field("periodFrom", settlement.periodFrom)
      json.field("periodTo", settlement.periodTo)
      json.field("state", settlement.state)
      json.object("station") {
        $0.field("code", station.code)
        $0.field("id", station.id)
        $0.field("name", station.profile.name)
      }
      json.field("steps", settlement.stepsInOrder)
      json.field("terms", settlement.terms)
    }
  }
}

extension SettlementComparison: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("contentHash", contentHash)
      json.array("differences", differences) { json, difference in
        json.object {
          $0.field("path", difference.path)
          $0.field("recomputed", difference.recomputed)
          $0.field("recorded", difference.recorded)
        }
      }
      json.field("identical", isIdentical)
      json.field("recomputedHash", recomputedHash)
    }
  }
}
