namespace Vlm.Rewards.Tests;

/// <summary>Answers that keep to a schema or not; refused schemas.</summary>
public class JsonSchemaTests
{
    private const string Animals = """
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false, "required": ["animals", "sure"],
         "properties": {"animals": {"type": "array", "minItems": 1, "maxItems": 3, "uniqueItems": true, "items": {"$ref": "#/$defs/animal"}},
                        "sure": {"type": "number", "minimum": 0, "maximum": 1}},
         "$defs": {"animal": {"enum": ["cat", "dog", {"other": 1}]}}}
        """;

    [Theory]
    [InlineData("""{"animals": ["cat"], "sure": 1}""", "keeps to the schema")]
    [InlineData("""<think>{}</think> ```json {"sure": 0.5, "animals": ["dog", {"other": 1.0}]} ```""", "keeps to the schema")]
    [InlineData("""<answer>{"animals": ["cat"], "sure": 1e-2}</answer>""", "keeps to the schema")]
    [InlineData("""{"animals": ["cat"]}""", "no sure")]
    [InlineData("""{"animals": [], "sure": 1}""", "animals: fewer than 1 items")]
    [InlineData("""{"animals": ["cat", "cat"], "sure": 1}""", "animals: item 1: an item twice")]
    [InlineData("""{"animals": [{"other": 1}, {"other": 1.0}], "sure": 1}""", "animals: item 1: an item twice")]
    [InlineData("""{"animals": ["cat", "dog", {"other": 1}, "bird"], "sure": 1}""", "animals: more than 3 items")]
    [InlineData("""{"animals": ["bird"], "sure": 1}""", "animals: item 0: another value")]
    [InlineData("""{"animals": ["cat"], "sure": 1.5}""", "sure: above 1")]
    [InlineData("""{"animals": ["cat"], "sure": 1e999}""", "sure: a number too large to hold")]
    [InlineData("""{"animals": ["cat"], "sure": "1"}""", "sure: string in place of number")]
    [InlineData("""{"animals": ["cat"], "sure": 1, "more": 1}""", "more: nothing is allowed here")]
    [InlineData("""{"animals": ["cat"], "sure": 1, "sure": 1}""", "no JSON")]
    [InlineData("""{"animals": ["cat"], "sure": NaN}""", "no JSON")]
    [InlineData("""{"animals": ["cat"], "sure": ١}""", "no JSON")]
    [InlineData("""{"animals": ["cat"], "sure": 1""", "no JSON")]
    [InlineData("""{"animals": ["cat"], "sure": 1} and {"animals": ["dog"], "sure": 1}""", "no JSON")]
    [InlineData("""{"animals": ["\ud800"], "sure": 1}""", "no JSON: half a character")]
    [InlineData("""{"animals": ["\udc00\ud800"], "sure": 1}""", "no JSON: half a character")]
    [InlineData("""<answer>{"animals": ["cat"], "sure": 1}</answer><answer>{}</answer>""", "answer tags are repeated")]
    [InlineData("[]", "array in place of object")]
    [InlineData("", "the answer is empty")]
    public void An_answer_keeps_to_its_schema_or_says_where_not(string completion, string reason) =>
        Assert.Equal(new Score(reason == "keeps to the schema" ? 1 : 0, reason), Reward.Table["json_schema"].Compute(completion, new Truth.Schema(Animals)));

    [Theory]
    [InlineData("""{"type": "integer", "multipleOf": 0.5}""", "3", "3.2")]
    [InlineData("""{"type": "number", "multipleOf": 0.1}""", "0.3", "0.35")]
    [InlineData("""{"type": ["string", "null"]}""", "null", "0")]
    [InlineData("""{"type": "integer"}""", "1.0", "1.5")]
    [InlineData("""{"const": {"a": [1, 2], "b": null}}""", """{"b": null, "a": [1, 2.0]}""", """{"a": [2, 1], "b": null}""")]
    [InlineData("""{"exclusiveMinimum": 1, "exclusiveMaximum": 2}""", "1.5", "2")]
    [InlineData("""{"minLength": 2, "maxLength": 2}""", "\"\U0001F600a\"", "\"\U0001F600\"")]
    [InlineData("""{"pattern": "^[a-z]+$"}""", "\"abc\"", "\"ab1\"")]
    [InlineData("""{"allOf": [{"minimum": 1}, {"maximum": 2}]}""", "2", "3")]
    [InlineData("""{"anyOf": [{"type": "string"}, {"minimum": 2}]}""", "2", "1")]
    [InlineData("""{"oneOf": [{"minimum": 1}, {"minimum": 5}]}""", "2", "6")]
    [InlineData("""{"not": {"type": "string"}}""", "1", "\"a\"")]
    [InlineData("""{"prefixItems": [{"type": "string"}], "items": {"type": "number"}}""", "[\"a\", 1]", "[\"a\", \"b\"]")]
    [InlineData("""{"prefixItems": [{"type": "string"}]}""", "[\"a\", 1]", "[1]")]
    [InlineData("""{"minProperties": 1, "maxProperties": 2}""", """{"a": 1}""", "{}")]
    [InlineData("""{"additionalProperties": {"type": "number"}}""", """{"a": 1}""", """{"a": "b"}""")]
    [InlineData("""{"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["v"]}""", """{"v": 1, "next": {"v": 2}}""", """{"v": 1, "next": {}}""")]
    [InlineData("true", "1", "x")]
    [InlineData("""{"format": "date", "title": "a day"}""", "\"never\"", "never")]
    public void Each_keyword_tells_right_from_wrong(string schema, string right, string wrong)
    {
        Assert.Equal(1, JsonSchemaMatch.Score(AnswerFormat.Auto.Read(right), new Truth.Schema(schema)).Value);
        Assert.Equal(0, JsonSchemaMatch.Score(AnswerFormat.Auto.Read(wrong), new Truth.Schema(schema)).Value);
    }

    [Theory]
    [InlineData("{", "the schema is no JSON: ")]
    [InlineData("7", "the schema's # is no schema")]
    [InlineData("""{"properties": {"a": {"contains": {}}}}""", "the schema's #/properties/a/contains is a keyword that is not known here, or does not say what it should")]
    [InlineData("""{"type": "text"}""", "the schema's #/type is a keyword that is not known here, or does not say what it should")]
    [InlineData("""{"pattern": "(?=a)"}""", "the schema's #/pattern is a keyword that is not known here, or does not say what it should")]
    [InlineData("""{"$ref": "#/$defs/none"}""", "the schema's #/$ref refers to '#/$defs/none', which is not in this schema")]
    [InlineData("""{"$ref": "https://example.com"}""", "the schema's #/$ref refers to 'https://example.com', which is not in this schema")]
    [InlineData("""{"required": "a"}""", "the schema's #/required is no list of texts")]
    [InlineData("""{"minItems": -1}""", "the schema's #/minItems is no count")]
    [InlineData("""{"anyOf": []}""", "the schema's #/anyOf is no list of schemas")]
    public void A_schema_that_cannot_be_checked_is_refused_where_it_is_read(string schema, string problem)
    {
        var error = Assert.Throws<UsageException>(() => TruthKind.Schema.Read(new() { Text = schema, Where = "file.parquet, row 1" }));
        Assert.StartsWith(problem, error.Message);
        Assert.Equal("file.parquet, row 1", error.Where);
    }

    // Each level has two ways into itself: 2 to the power of 60 checks, if nothing stopped them.
    [Fact]
    public void Alternatives_that_contain_themselves_do_not_take_for_ever()
    {
        var schema = new Truth.Schema("""{"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}, {"type": "array", "items": {"$ref": "#"}}]}""");
        string deep = new string('[', 60) + "1" + new string(']', 60);

        Assert.Equal(Score.Zero("the schema takes too many checks for this answer"), Reward.Table["json_schema"].Compute(deep, schema));
        Assert.Equal(1, Reward.Table["json_schema"].Compute("""[[["a"]]]""", schema).Value);
        Assert.Equal(0, Reward.Table["json_schema"].Compute("[[[1]]]", schema).Value);
    }

    [Fact]
    public void A_schema_is_written_as_it_was_read() => Assert.Equal(
        new Truth.Schema(Animals), TruthKind.Schema.Read(TruthKind.Schema.Write(new Truth.Schema(Animals))));
}
