using System.Text.Json.Nodes;
using Vlm.Generation;
using Vlm.Testing;

namespace Vlm.Tests.Generation;

public sealed class GenerationConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-generation").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_a_file_the_references_defaults_hold()
    {
        GenerationConfig config = GenerationConfig.Read(_folder, new JsonObject { ["eos_token_id"] = 7 });

        Assert.Equal([7], config.EndTokens);
        Assert.Null(config.PadToken);
        Assert.Null(config.MaxNewTokens);
        Assert.Equal(new Sampling { MaxNewTokens = 64, Greedy = true, TopK = 50 }, config.Sampling(64));
    }

    [Fact]
    public void Every_setting_of_the_file_is_read()
    {
        Write("""
            { "eos_token_id": [5, 3], "pad_token_id": 2, "do_sample": true, "temperature": 0.7, "top_k": 20, "top_p": 0.8,
              "min_p": 0.05, "repetition_penalty": 1.05, "no_repeat_ngram_size": 4, "min_new_tokens": 6,
              "max_new_tokens": 128, "transformers_version": "4.49.0" }
            """);

        GenerationConfig config = GenerationConfig.Read(_folder, new JsonObject { ["eos_token_id"] = 7 });

        Assert.Equal([5, 3], config.EndTokens);
        Assert.Equal((2, 128), (config.PadToken!.Value, config.MaxNewTokens!.Value));
        Assert.Equal(
            new Sampling
            {
                MaxNewTokens = 9,
                Temperature = 0.7,
                TopK = 20,
                TopP = 0.8,
                MinP = 0.05,
                RepetitionPenalty = 1.05,
                NoRepeatNgram = 4,
                MinNewTokens = 6,
            },
            config.Sampling(9));
    }

    // A caller who turns sampling on gets the file's temperature and the default of 50 most probable tokens.
    [Fact]
    public void What_greedy_sampling_ignores_is_kept_for_a_caller_who_draws()
    {
        Write("""{ "eos_token_id": 5, "temperature": 0.3, "repetition_penalty": 1.2, "top_p": null }""");

        Sampling sampling = GenerationConfig.Read(_folder).Sampling(9);

        Assert.Equal(
            new Sampling { MaxNewTokens = 9, Greedy = true, Temperature = 0.3, TopK = 50, RepetitionPenalty = 1.2 }, sampling);
    }

    [Fact]
    public void A_temperature_of_0_is_allowed_where_nothing_is_drawn()
    {
        Write("""{ "eos_token_id": 5, "temperature": 0, "do_sample": false }""");

        Assert.Equal((true, 1.0), GenerationConfig.Read(_folder).Sampling(9) switch { var s => (s.Greedy, s.Temperature) });
    }

    [Theory]
    [InlineData("""{ "eos_token_id": 5 }""", """{ "eos_token_id": 6, "text_config": { "eos_token_id": 7 } }""", 5)]
    [InlineData("""{ "eos_token_id": null }""", """{ "eos_token_id": 6, "text_config": { "eos_token_id": 7 } }""", 6)]
    [InlineData("{}", """{ "text_config": { "eos_token_id": 7 } }""", 7)]
    [InlineData("{}", """{ "eos_token_id": [], "text_config": { "eos_token_id": [7] } }""", 7)]
    public void End_tokens_come_from_the_nearest_place_that_names_them(string file, string config, int end)
    {
        Write(file);

        Assert.Equal([end], GenerationConfig.Read(_folder, (JsonObject)JsonNode.Parse(config)!).EndTokens);
    }

    [Theory]
    [InlineData("do_sample", "1", "true or false")]
    [InlineData("temperature", "-0.5", "a number 0 or above")]
    [InlineData("temperature", "1e999", "a number 0 or above")]
    [InlineData("top_k", "2.5", "a whole number of at least -1")]
    [InlineData("top_k", "-2", "a whole number of at least -1")]
    [InlineData("top_p", "1.01", "a number from 0 to 1")]
    [InlineData("top_p", "\"0.9\"", "a number from 0 to 1")]
    [InlineData("min_p", "-0.1", "a number from 0 to 1")]
    [InlineData("repetition_penalty", "0", "a number above 0")]
    [InlineData("no_repeat_ngram_size", "-3", "a whole number of at least 0")]
    [InlineData("min_new_tokens", "[]", "a whole number of at least 0")]
    [InlineData("max_new_tokens", "0", "a whole number of at least 1")]
    [InlineData("max_new_tokens", "3000000000", "a whole number of at least 1")]
    public void A_wrong_setting_stops_nobody_but_who_samples_by_it(string field, string value, string rule)
    {
        string file = Write($"{{ \"eos_token_id\": 5, \"{field}\": {value} }}");

        GenerationConfig config = GenerationConfig.Read(_folder);
        var error = Assert.Throws<UsageException>(() => config.Sampling(9));

        Assert.Equal([5], config.EndTokens);
        Assert.Equal($"error: \"{field}\" is {value} and must be {rule}\n   at: {file}\n"
            + $"  try: correct \"{field}\" in generation_config.json, or download the file again", error.Render());
    }

    [Theory]
    [InlineData("\"</s>\"")]
    [InlineData("[5,-1]")]
    public void A_wrong_end_token_names_the_file_and_the_field(string value)
    {
        string file = Write($"{{ \"eos_token_id\": {value} }}");

        var error = Assert.Throws<UsageException>(() => GenerationConfig.Read(_folder));

        Assert.Equal($"error: \"eos_token_id\" is {value} and must be a token id or a list of them\n   at: {file}\n"
            + "  try: correct \"eos_token_id\" in generation_config.json, or download the file again", error.Render());
    }

    // vLLM's and Llama's ways to say none.
    [Fact]
    public void Minus_one_is_off()
    {
        Write("""{ "eos_token_id": 5, "do_sample": true, "top_k": -1, "pad_token_id": -1 }""");

        GenerationConfig config = GenerationConfig.Read(_folder);

        Assert.Equal((0, null), (config.Sampling(9).TopK, config.PadToken));
    }

    // The last row is 63.
    [Theory]
    [InlineData("63", null)]
    [InlineData("[5, 64]", "\"eos_token_id\" is 64, and the output layer has 64 rows")]
    [InlineData("60000000", "\"eos_token_id\" is 60000000, and the output layer has 64 rows")]
    public void An_end_token_that_no_row_gives_is_refused(string value, string? says)
    {
        Write($"{{ \"eos_token_id\": {value} }}");

        Exception? error = Record.Exception(() => GenerationConfig.Read(_folder).Within(64, _folder));

        Assert.Equal(says, (error as UsageException)?.Message);
    }

    [Fact]
    public void Drawing_at_a_temperature_of_0_is_refused()
    {
        Write("""{ "eos_token_id": 5, "temperature": 0.0, "do_sample": true }""");

        var error = Assert.Throws<UsageException>(() => GenerationConfig.Read(_folder).Sampling(9));

        Assert.Equal("\"temperature\" is 0.0 and must be above 0 where \"do_sample\" is true", error.Message);
    }

    [Fact]
    public void A_folder_that_names_no_end_token_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => GenerationConfig.Read(_folder, []));

        Assert.Equal($"error: no end-of-sequence token is set\n   at: {Path.Combine(_folder, "generation_config.json")}\n"
            + "  try: add \"eos_token_id\" to generation_config.json", error.Render());
    }

    // Read from the files: the Qwen folders sample at 1e-6 with a penalty, the others are greedy.
    [Theory]
    [InlineData("tiny_smolvlm", false, 1.0, 1.0, new[] { 483 }, 2)]
    [InlineData("tiny_idefics3_sharded", false, 1.0, 1.0, new[] { 483 }, 2)]
    [InlineData("tiny_qwen2_vl", true, 1e-6, 1.05, new[] { 452, 450 }, 450)]
    [InlineData("tiny_qwen2_5_vl", true, 1e-6, 1.05, new[] { 452, 450 }, 450)]
    [InlineData("tiny_qwen3_vl", true, 1e-6, 1.05, new[] { 452, 450 }, 450)]
    public void The_fixture_folders_are_read(
        string folder, bool samples, double temperature, double penalty, int[] ends, int pad)
    {
        GenerationConfig config = GenerationConfig.Read(Fixtures.PathOf(folder));

        Assert.Equal((samples, temperature, penalty, pad),
            (config.DoSample, config.Temperature, config.RepetitionPenalty, config.PadToken));
        Assert.Equal(ends, config.EndTokens);
    }

    private string Write(string json)
    {
        string file = Path.Combine(_folder, GenerationConfig.FileName);
        File.WriteAllText(file, json);
        return file;
    }
}
