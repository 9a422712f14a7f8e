/// The stock of a station held against the station standard (PRT-20).
package struct PartsStandard: Hashable, Sendable {
  package struct Item: Hashable, Sendable {
    package let required: RequiredPart
    /// `nil`: the catalogue does not know the number, so no store can keep it.
    package let partID: Part.ID?
    /// Of the part itself or of one that may be fitted for it, each piece counted for one line; also what is held back.
    package let onHand: Int
    package let onOrder: Int

    /// Neither there nor on its way.
    package var missing: Int { max(0, required.quantity - onHand - onOrder) }
  }

  /// Of which version the list is.
  package let policy: PolicyVersion
  package let stationID: Station.ID
  package let stationKind: Station.Kind
  package let items: [Item]

  package var isMet: Bool { items.allSatisfy { $0.onHand >= $0.required.quantity } }

  /// - Parameters:
  ///   - fits: what may be fitted for a part number, the part itself first.
  ///   - onHand, onOrder: of each part in the station's store.
  package init(
    _ required: [RequiredPart], policy: PolicyVersion, of station: Station.ID, kind: Station.Kind,
    fits: [String: [Part.ID]], onHand: [Part.ID: Int], onOrder: [Part.ID: Int]
  ) {
    self.policy = policy
    stationID = station
    stationKind = kind
    // The rules by which jobs share the stock of a store: the part itself goes first, and no piece counts twice.
    let wants = required.map {
      PartsPlan.Want(partNumber: $0.partNumber, description: "", quantity: $0.quantity, lines: [])
    }
    let plan = PartsPlan(wants, PartsPlan.Supply(fits: fits, held: onHand, free: onOrder))
    items = zip(required, plan.items).map { part, item in
      Item(required: part, partID: item.partID, onHand: item.reserved, onOrder: item.available)
    }
  }
}

/// What left the store of a station in a month, held against its sales plan (PRT-19).
package struct PartsSalesProgress: Hashable, Sendable {
  /// What left, less what came back, at what it cost the station.
  package struct Volume: Hashable, Sendable {
    package let origin: Part.Origin
    /// Over the counter.
    package let sold: Money
    package let soldQuantity: Int
    /// To jobs.
    package let issued: Money
    package let issuedQuantity: Int

    package init(origin: Part.Origin, sold: Money, soldQuantity: Int, issued: Money, issuedQuantity: Int) {
      self.origin = origin
      self.sold = sold
      self.soldQuantity = soldQuantity
      self.issued = issued
      self.issuedQuantity = issuedQuantity
    }
  }

  package struct Item: Hashable, Sendable {
    package let volume: Volume
    /// `nil`: nothing was planned.
    package let planned: Money?

    package var actual: Money { volume.sold.plus(volume.issued) }
    /// In whole percent, rounded down; `nil` without a plan.
    package var percent: Int? {
      planned.flatMap { $0.minor > 0 ? Int(max(0, actual.minor) * 100 / $0.minor) : nil }
    }
  }

  package let policy: PolicyVersion
  package let stationID: Station.ID
  package let period: ReportPeriod
  package let items: [Item]

  /// Every origin of the plan has its line, and so has whatever left the store; what left it in another currency than the plan's is
  /// held against none.
  package init(
    _ plan: [Part.Origin: Money], policy: PolicyVersion, of station: Station.ID, in period: ReportPeriod,
    volumes: [Volume]
  ) {
    self.policy = policy
    stationID = station
    self.period = period
    var items: [Item] = []
    for origin in Part.Origin.allCases {
      let planned = plan[origin]
      let own = volumes.filter { $0.origin == origin }
      if let planned, !own.contains(where: { $0.sold.currency == planned.currency }) {
        let nothing = Money.zero(planned.currency)
        let volume = Volume(origin: origin, sold: nothing, soldQuantity: 0, issued: nothing, issuedQuantity: 0)
        items.append(Item(volume: volume, planned: planned))
      }
      for volume in own {
        items.append(Item(volume: volume, planned: planned.flatMap { $0.currency == volume.sold.currency ? $0 : nil }))
      }
    }
    self.items = items
  }
}
