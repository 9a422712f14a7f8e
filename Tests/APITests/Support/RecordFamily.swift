import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What the conventions of records need to know about one family; the tests are the same for all.
struct RecordFamily: Sendable, CustomTestStringConvertible {
  let path: String
  /// A body that creates a record; `number` makes it another one.
  let draft: @Sendable (_ network: TestNetwork, _ number: Int) -> String
  /// A member that a patch sets, with its new value in JSON.
  let patched: (member: String, value: String)
  /// A member that may be null, and one that may not.
  let clearable: (member: String, value: String)
  let required: String
  /// Members that only the server sets.
  let readOnly: [String]
  /// The unique member and a bad body with where it is bad.
  let unique: String?
  let invalid: (body: String, faults: [(pointer: String, code: String)])
  /// A sort other than the standard one.
  let sort: String

  var testDescription: String { path }

  static let all = [
    regions, stations, models, operations, items, faults, customers, vehicles, carriers, componentFamilies,
  ]

  static let regions = RecordFamily(
    path: "/v1/regions",
    draft: { _, number in #"{"code": "RG\#(number)", "name": "大区\#(number)", "nameEn": "Region"}"# },
    patched: ("name", #""新名""#), clearable: ("nameEn", #""Region""#), required: "name",
    readOnly: ["id", "code", "version"],
    unique: "code",
    invalid: (
      #"{"code": "", "name": 7, "nam": "x"}"#,
      [("#/code", "tooShort"), ("#/name", "wrongType"), ("#/nam", "unknownField")]
    ), sort: "-name")

  static let stations = RecordFamily(
    path: "/v1/stations",
    draft: { network, number in
      """
      {"code": "ST\(number)", "name": "站\(number)", "kind": "fourInOne", "regionId": "\(network.region)",
       "labourRate": {"amount": "180.00", "currency": "CNY"}, "city": "沈阳市", "latitude": "41.8", "longitude": "123.4",
       "authorisations": ["battery"], "brands": ["华晨"], "bays": 6, "externalIds": {"dms": "S\(number)"}}
      """
    },
    patched: ("labourRate", #"{"amount": "190.50", "currency": "CNY"}"#), clearable: ("city", #""沈阳市""#),
    required: "kind",
    readOnly: ["id", "code", "state", "createdAt", "availableActions", "skills", "openingHours"], unique: "code",
    invalid: (
      #"{"code": "X1", "name": "n", "kind": "garage", "regionId": "x", "labourRate": {"amount": "1,5", "currency": "CNY"}, "bays": -1, "latitude": "41.8", "openingHours": [{"weekday": "monday"}], "skills": ["airbag"]}"#,
      [
        ("#/kind", "notInSet"), ("#/regionId", "invalidFormat"), ("#/labourRate/amount", "invalidFormat"),
        ("#/bays", "outOfRange"), ("#/openingHours", "unknownField"), ("#/skills", "unknownField"),
        ("#/longitude", "required"),
      ]
    ), sort: "-createdAt,name")

  static let models = RecordFamily(
    path: "/v1/vehicle-models",
    draft: { _, number in
      #"{"code": "VM\#(number)", "brand": "华晨", "series": "X5", "name": "X5 \#(number)", "productLine": "轿车", "powertrain": "ice"}"#
    },
    patched: ("discontinued", "true"), clearable: ("productLine", #""轿车""#), required: "powertrain",
    readOnly: ["id", "code"], unique: "code",
    invalid: (
      #"{"code": "VM", "brand": "b", "series": "s", "name": "", "powertrain": null, "modelYearFrom": 1}"#,
      [("#/name", "tooShort"), ("#/powertrain", "required"), ("#/modelYearFrom", "outOfRange")]
    ), sort: "-name")

  static let operations = RecordFamily(
    path: "/v1/labour-operations",
    draft: { _, number in
      #"{"code": "LO\#(number)", "name": "制动\#(number)", "category": "repair", "standardHours": "0.80", "requiredSkill": "chassis"}"#
    },
    patched: ("standardHours", #""1.25""#), clearable: ("requiredSkill", #""chassis""#), required: "standardHours",
    readOnly: ["code", "version"], unique: "code",
    invalid: (
      #"{"code": "LO", "name": "n", "category": "repair", "standardHours": 0.8, "modelHours": [{"modelId": "x"}]}"#,
      [
        ("#/standardHours", "wrongType"), ("#/modelHours/0/modelId", "invalidFormat"),
        ("#/modelHours/0/standardHours", "required"),
      ]
    ), sort: "-name")

  static let items = RecordFamily(
    path: "/v1/service-items",
    draft: { _, number in
      #"{"code": "SI\#(number)", "name": "保养\#(number)", "category": "maintenance", "pricing": "fixed", "price": {"amount": "399.00", "currency": "CNY"}, "process": "步骤"}"#
    },
    patched: ("price", #"{"amount": "299.00", "currency": "CNY"}"#), clearable: ("process", #""步骤""#),
    required: "pricing", readOnly: ["code", "updatedBy"], unique: "code",
    invalid: (
      #"{"code": "SI", "name": "n", "category": "wash", "pricing": "fixed", "intervalKm": 0, "operationIds": "x"}"#,
      [("#/category", "notInSet"), ("#/intervalKm", "outOfRange"), ("#/operationIds", "wrongType")]
    ), sort: "-createdAt")

  static let faults = RecordFamily(
    path: "/v1/fault-codes",
    draft: { _, number in
      #"{"code": "FC\#(number)", "system": "service", "description": "异响\#(number)", "severity": "minor"}"#
    },
    patched: ("componentFamily", #""制动""#), clearable: ("severity", #""minor""#), required: "system",
    readOnly: ["id", "code", "brand", "reference"], unique: "code",
    invalid: (
      #"{"code": "", "system": "sae", "severity": "bad", "operationIds": "x", "colour": 1}"#,
      [
        ("#/code", "tooShort"), ("#/system", "notInSet"), ("#/severity", "notInSet"), ("#/operationIds", "wrongType"),
        ("#/colour", "unknownField"),
      ]
    ), sort: "-createdAt")

  static let carriers = RecordFamily(
    path: "/v1/carriers",
    draft: { _, number in #"{"code": "CA\#(number)", "name": "物流\#(number)", "phone": "024-31001234"}"# },
    patched: ("isActive", "false"), clearable: ("phone", #""024-31001234""#), required: "name",
    readOnly: ["id", "code", "createdBy"], unique: "code",
    invalid: (
      #"{"code": "sy", "name": "", "isActive": 1, "fax": "x"}"#,
      [("#/code", "invalidFormat"), ("#/name", "tooShort"), ("#/isActive", "wrongType"), ("#/fax", "unknownField")]
    ), sort: "-name")

  static let componentFamilies = RecordFamily(
    path: "/v1/component-families",
    draft: { _, number in
      #"{"code": "CF\#(number)", "name": "部件\#(number)", "nameEn": "Component", "componentPrefixes": ["测试部件\#(number)"]}"#
    },
    patched: ("isWatched", "false"), clearable: ("nameEn", #""Component""#), required: "name",
    readOnly: ["id", "code", "createdBy"], unique: "code",
    invalid: (
      #"{"code": "Cf", "name": "", "isWatched": 1, "componentPrefixes": ["brakes"], "words": "x"}"#,
      [
        ("#/code", "invalidFormat"), ("#/name", "tooShort"), ("#/isWatched", "wrongType"),
        ("#/componentPrefixes/0", "invalidFormat"), ("#/words", "unknownField"),
      ]
    ), sort: "-name")

  static let customers = RecordFamily(
    path: "/v1/customers",
    draft: { network, number in
      """
      {"stationId": "\(network.station)", "kind": "person", "name": "张伟\(number)", "phone": "13840012345",
       "email": "zhang@example.cn", "address": "辽宁省沈阳市沈河区青年大街100号", "city": "沈阳市", "note": "周末"}
      """
    },
    patched: ("phone", #""13940067890""#), clearable: ("note", #""周末""#), required: "name",
    readOnly: ["id", "number", "stationId", "state", "mergedIntoId", "personalDataMasked"], unique: nil,
    invalid: (
      #"{"kind": "dog", "name": "", "email": "x", "contactPreference": 3}"#,
      [
        ("#/kind", "notInSet"), ("#/name", "tooShort"), ("#/phone", "required"), ("#/contactPreference", "wrongType"),
        ("#/email", "tooShort"),
      ]
    ), sort: "number")

  static let vehicles = RecordFamily(
    path: "/v1/vehicles",
    draft: { _, number in
      let serial = String("000000\(number)".suffix(6))
      return #"{"vin": "LSYHDAAA0PK\#(serial)", "plate": "辽A\#(number)", "usage": "private", "colour": "白"}"#
    },
    patched: ("nextMaintenanceKm", "60000"), clearable: ("colour", #""白""#), required: "usage",
    readOnly: ["id", "vin", "odometerKm", "totalKm"], unique: "vin",
    invalid: (
      #"{"vin": "LSYHDAAA0PK01234", "usage": "racing", "modelYear": "2023", "saleDate": "2023-02-30"}"#,
      [("#/vin", "tooShort"), ("#/usage", "notInSet"), ("#/modelYear", "wrongType"), ("#/saleDate", "invalidFormat")]
    ), sort: "vin")
}
