package import Domain
import FoundationEssentials
package import Postgres

/// Suppliers: reference data, the same for every scope.
package enum SupplierRepository: RecordStore {
  package typealias Document = Supplier
  package typealias Filter = SupplierFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("suppliers.code", type: "text"),
    "createdAt": .init("suppliers.created_at", type: "timestamptz"),
    "name": .init("suppliers.name", type: "text"),
  ]

  package static let table = RecordTable<Supplier>(
    "suppliers", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("name") { "\($0.content.name)" },
      .init("name_en") { "\($0.content.nameEn)" },
      .init("phone") { "\($0.content.phone)" },
      .init("email") { "\($0.content.email)" },
      .read(
        """
        array(select p.part_number from supplier_parts p where p.supplier_id = suppliers.id
          order by p.part_number collate "C")
        """),
      .init("discontinued") { "\($0.content.discontinued)" },
    ],
    refusals: [
      ("suppliers_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) })
    ], decode: decode)

  package static func conditions(_ filter: SupplierFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let discontinued = filter.discontinued { conditions.append("discontinued = \(discontinued)") }
    if let part = filter.partNumber {
      conditions.append(
        "exists (select from supplier_parts p where p.supplier_id = suppliers.id and p.part_number = \(part))")
    }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append("(lower(code) like lower(\(pattern)) or lower(name) like lower(\(pattern)))")
    }
    return conditions
  }

  package static func save(_ after: Supplier, over before: Supplier?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertParts(of: after)] }
    let header = update(after, expecting: before.version)
    if after.content.partNumbers == before.content.partNumbers { return [header] }
    return [header, deleteParts(of: after), insertParts(of: after)]
  }

  /// Whose part it is; `nil`: nobody said.
  package static func maker(of partNumber: String) -> Query<Supplier.ID?> {
    Query.optional("select p.supplier_id from supplier_parts p where p.part_number = \(partNumber)") {
      try $0.next(Supplier.ID.self)
    }
  }

  private static func deleteParts(of supplier: Supplier) -> Query<Int> {
    Query.execute(
      """
      delete from supplier_parts
      where supplier_id = \(supplier.id) and part_number <> all (\(supplier.content.partNumbers))
      """)
  }

  private static func insertParts(of supplier: Supplier) -> Query<Int> {
    Query.execute(
      """
      insert into supplier_parts (supplier_id, part_number)
      select \(supplier.id), n.part_number
      from unnest(\(supplier.content.partNumbers)) as n(part_number)
      on conflict on constraint supplier_parts_pkey do nothing
      """
    )
    .refusing("supplier_parts_part_number_key") {
      Refusal.invalid("#/partNumbers", .notUnique, "one of the parts is another supplier's")
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Supplier {
    let id = try row.next(Supplier.ID.self)
    let code = try row.next(String.self)
    let content = Supplier.Content(
      name: try row.next(String.self), nameEn: try row.next(String?.self), phone: try row.next(String?.self),
      email: try row.next(String?.self), partNumbers: try row.next([String].self),
      discontinued: try row.next(Bool.self))
    let tail = try row.nextRecordTail()
    return Supplier(
      id: id, code: code, content: content, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}

/// What suppliers have agreed to pay: written once, never changed.
package enum SupplierContractRepository {
  package static func list(of supplier: Supplier.ID) -> Query<[SupplierContract]> {
    Query.list(select + " where k.supplier_id = \(supplier) order by k.valid_from desc", decode)
  }

  package static func find(_ id: SupplierContract.ID) -> Query<SupplierContract?> {
    Query.optional(select + " where k.id = \(id)", decode)
  }

  /// The one in force on a day: the last that began by then.
  package static func inForce(of supplier: Supplier.ID, on day: CalendarDate) -> Query<SupplierContract?> {
    Query.optional(
      select + " where k.supplier_id = \(supplier) and k.valid_from <= \(day) order by k.valid_from desc limit 1",
      decode)
  }

  package static func insert(_ contract: SupplierContract) -> Query<Int> {
    let terms = contract.terms
    return Query.execute(
      """
      insert into supplier_contracts (id, supplier_id, reference, valid_from, currency, parts_factor, labour_rate,
        line_cap, created_at, created_by, created_by_id)
      values (\(contract.id), \(contract.supplierID), \(terms.reference), \(terms.validFrom), \(terms.currency.rawValue),
        \(MinorUnits(value: terms.partsFactorHundredths)), \(terms.labourRate.minorUnits), \(terms.lineCap?.minorUnits),
        \(contract.createdAt), \(contract.createdBy.name), \(contract.createdBy.id))
      """
    )
    .refusing("supplier_contracts_day_key") { Refusal.alreadyExists(field: "validFrom", existingID: nil) }
  }

  private static let select: SQL = """
    select k.id, k.supplier_id, k.reference, k.valid_from, k.currency, k.parts_factor, k.labour_rate, k.line_cap,
      k.created_at, k.created_by, k.created_by_id
    from supplier_contracts k
    """

  @Sendable private static func decode(_ row: inout Row) throws -> SupplierContract {
    let id = try row.next(SupplierContract.ID.self)
    let supplier = try row.next(Supplier.ID.self)
    let reference = try row.next(String.self)
    let validFrom = try row.next(CalendarDate.self)
    let currency = try row.next(as: Currency.self)
    let factor = try row.next(MinorUnits.self).value
    let rate = Money(minor: try row.next(MinorUnits.self).value, currency: currency)
    let cap = try row.next(MinorUnits?.self).map { Money(minor: $0.value, currency: currency) }
    let createdAt = try row.next(Timestamp.self)
    return SupplierContract(
      id: id, supplierID: supplier,
      terms: SupplierContract.Terms(
        reference: reference, validFrom: validFrom, partsFactorHundredths: factor, labourRate: rate, lineCap: cap),
      createdAt: createdAt,
      createdBy: RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self)))
  }
}
