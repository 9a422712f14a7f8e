package import Domain

extension JSONWriter {
  /// A member that tells who a customer is; openapi.yaml marks it with `x-personal`. The value is what `disclosure.shown`
  /// left of it; writing it unmasked is recorded (SEC-04). A member that `fields=` left out is not written, so it is not
  /// recorded either.
  package mutating func personal<Value: JSONWritable>(
    _ name: StaticString, _ value: Value?, _ disclosure: Disclosure
  ) {
    member(name) { json in
      guard let value else { return json.null() }
      disclosure.note()
      value.write(to: &json)
    }
  }
}
