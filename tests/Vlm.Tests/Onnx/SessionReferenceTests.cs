using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Runtime;
using Vlm.Testing;
using Vlm.Tests.Images;

namespace Vlm.Tests.Onnx;

/// <summary>Graphs that real clients load (onnx_reference in tests/fixtures), against what transformers computed.</summary>
public class SessionReferenceTests
{
    public static TheoryData<string> Folders => new("tiny_smolvlm", "tiny_qwen2_vl", "tiny_qwen2_5_vl");

    // Layers, heads of keys and values, and width of the embedding come from each folder's config.json.
    [Theory]
    [InlineData("tiny_smolvlm", 1, 16, 48, "batch_size, sequence_length")]
    [InlineData("tiny_qwen2_vl", 2, 16, 64, "3, batch_size, sequence_length")]
    [InlineData("tiny_qwen2_5_vl", 2, 16, 64, "3, batch_size, sequence_length")]
    public void A_decoder_says_what_it_takes_and_gives(string folder, int heads, int width, int hidden, string positions)
    {
        using OnnxSession session = Load(folder, "decoder_model_merged");
        string past = $"Float [batch_size, {heads}, past_sequence_length, {width}]";
        string present = $"Float [batch_size, {heads}, total_sequence_length, {width}]";

        Dictionary<string, string> inputs = session.Inputs.ToDictionary(item => item.Name, item => item.Type);
        Dictionary<string, string> outputs = session.Outputs.ToDictionary(item => item.Name, item => item.Type);

        Assert.Equal($"Float [batch_size, sequence_length, {hidden}]", inputs["inputs_embeds"]);
        Assert.Equal("Int64 [batch_size, total_sequence_length]", inputs["attention_mask"]);
        Assert.Equal($"Int64 [{positions}]", inputs["position_ids"]);
        for (int layer = 0; layer < 3; layer++)
            foreach (string kind in (string[])["key", "value"])
            {
                Assert.Equal(past, inputs[$"past_key_values.{layer}.{kind}"]);
                Assert.Equal(present, outputs[$"present.{layer}.{kind}"]);
            }

        Assert.StartsWith("Float [batch_size, ", outputs["logits"], StringComparison.Ordinal);
        Assert.EndsWith(", 512]", outputs["logits"], StringComparison.Ordinal);
        Assert.Equal(7, outputs.Count);
    }

    [Theory]
    [InlineData("tiny_smolvlm", 48,
        "pixel_values Float [batch_size, num_images, 3, height, width]",
        "pixel_attention_mask Bool [batch_size, num_images, height, width]")]
    [InlineData("tiny_qwen2_vl", 64, "pixel_values Float [num_patches, 96]", "grid_thw Int64 [num_images, 3]")]
    [InlineData("tiny_qwen2_5_vl", 64, "pixel_values Float [num_patches, 96]", "image_grid_thw Int64 [num_images, 3]")]
    public void A_tower_and_an_embedding_say_what_they_take(string folder, int hidden, string pixels, string second)
    {
        using OnnxSession tower = Load(folder, "vision_encoder"), embedding = Load(folder, "embed_tokens");

        Assert.Equal([pixels, second], tower.Inputs.Select(item => $"{item.Name} {item.Type}"));
        Assert.Equal("image_features", Assert.Single(tower.Outputs).Name);
        Assert.Equal(hidden, tower.Outputs[0].Shape[^1].Size);
        Assert.Equal(["input_ids Int64 [batch_size, sequence_length]"],
            embedding.Inputs.Select(item => $"{item.Name} {item.Type}"));
        Assert.Equal([$"inputs_embeds Float [batch_size, sequence_length, {hidden}]"],
            embedding.Outputs.Select(item => $"{item.Name} {item.Type}"));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_tower_gives_the_recorded_features(string folder)
    {
        FixtureTensors recorded = Recorded(folder, "case_a_single");
        using OnnxSession tower = Load(folder, "vision_encoder");
        bool square = folder == "tiny_smolvlm";
        var inputs = new Dictionary<string, OrtValue>
        {
            ["pixel_values"] = OrtValue.CreateTensorValueFromMemory(recorded.Floats("in.pixel_values"), Sizes("in.pixel_values")),
            [tower.Inputs[1].Name] = square
                ? OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(recorded.Integers("in.pixel_attention_mask"), one => one == 1),
                    Sizes("in.pixel_attention_mask"))
                : OrtValue.CreateTensorValueFromMemory(recorded.Integers("in.image_grid_thw"), Sizes("in.image_grid_thw")),
        };

        using OnnxValues given = tower.Run(inputs);

        Near(recorded.Floats("out.image_features"), given["image_features"].GetTensorDataAsSpan<float>(), 1e-4);

        long[] Sizes(string name) => Array.ConvertAll(recorded.Shape(name), size => (long)size);
    }

    // The prompt in one run, then eleven tokens one by one, with the caches handed on.
    [Theory]
    [MemberData(nameof(Folders))]
    public void A_decoder_continues_a_text_as_recorded(string folder)
    {
        FixtureTensors recorded = Recorded(folder, "case_c_text_only");
        long[] prompt = recorded.Integers("in.input_ids"), expected = recorded.Integers("gen.ids");
        using var decoder = new ReferenceDecoder(Load(folder, "embed_tokens"), Load(folder, "decoder_model_merged"));

        float[] logits = decoder.Read(prompt);
        Near(recorded.Floats("out.logits").AsSpan()[^512..], logits.AsSpan()[^512..], 1e-3);
        var sampled = new List<long>();
        while (sampled.Count < expected.Length)
        {
            float[] last = logits[^512..];
            if (sampled.Count < 3)
                Near(recorded.Floats("gen.logits_first3").AsSpan(512 * sampled.Count, 512), last, 1e-3);
            sampled.Add(Array.IndexOf(last, last.Max()));
            logits = decoder.Read([sampled[^1]]);
        }

        Assert.Equal(12, expected.Length);
        Assert.Equal(expected, sampled);
    }

    private static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> given, double tolerance)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < given.Length; i++)
            Assert.Equal(expected[i], given[i], tolerance);
    }

    private static OnnxSession Load(string folder, string graph) => OnnxSession.Load(
        Fixtures.PathOf("onnx_reference", folder, "onnx", $"{graph}.onnx"),
        new OnnxOptions { Threads = 1 });

    private static FixtureTensors Recorded(string folder, string name) =>
        new(Fixtures.PathOf(folder, $"{name}.safetensors"));

    /// <summary>Reads text and keeps what it read.</summary>
    private sealed class ReferenceDecoder : IDisposable
    {
        private readonly OnnxSession _embedding, _decoder;
        private readonly OnnxBinding _binding;
        private readonly Dictionary<string, OrtValue> _caches = [];
        private int _length;

        public ReferenceDecoder(OnnxSession embedding, OnnxSession decoder)
        {
            (_embedding, _decoder, _binding) = (embedding, decoder, decoder.Bind());
            foreach (OnnxValueInfo cache in decoder.Inputs.Where(input => IsCache(input.Name)))
                Hand(cache.Name, OnnxTensors.Empty(cache.Element, 1, cache.Shape[1].Size!.Value, 0, cache.Shape[3].Size!.Value));
            foreach (OnnxValueInfo output in decoder.Outputs)
                _binding.Output(output.Name, stays: output.Name != "logits");
        }

        public float[] Read(long[] tokens)
        {
            int rows = _decoder.Inputs.Single(input => input.Name == "position_ids").Shape.Count == 3 ? 3 : 1;
            long[] shape = rows == 3 ? [3, 1, tokens.Length] : [1, tokens.Length];
            long[] positions = [.. Enumerable.Range(_length, tokens.Length).Select(at => (long)at)];
            _length += tokens.Length;
            var ones = new long[_length];
            Array.Fill(ones, 1);
            using OrtValue ids = OrtValue.CreateTensorValueFromMemory(tokens, [1, tokens.Length]);
            using OnnxValues embedded = _embedding.Run(new Dictionary<string, OrtValue> { ["input_ids"] = ids });
            using OrtValue mask = OrtValue.CreateTensorValueFromMemory(ones, [1, _length]), keep = OrtValue.CreateTensorValueFromMemory(new long[1], []),
                places = OrtValue.CreateTensorValueFromMemory(
                    Enumerable.Repeat(positions, rows).SelectMany(row => row).ToArray(), shape);
            _binding.Input("inputs_embeds", embedded["inputs_embeds"]);
            _binding.Input("attention_mask", mask);
            _binding.Input("position_ids", places);
            if (_decoder.Inputs.Any(input => input.Name == "num_logits_to_keep"))
                _binding.Input("num_logits_to_keep", keep);
            using OnnxValues given = _binding.Run();
            foreach (string name in _caches.Keys.ToArray())
                Hand(name, given.Take(name.Replace("past_key_values", "present", StringComparison.Ordinal)));
            return given["logits"].GetTensorDataAsSpan<float>().ToArray();
        }

        public void Dispose()
        {
            _binding.Dispose();
            foreach (OrtValue cache in _caches.Values)
                cache.Dispose();
            _decoder.Dispose();
            _embedding.Dispose();
        }

        private static bool IsCache(string name) => name.StartsWith("past_key_values.", StringComparison.Ordinal);

        private void Hand(string name, OrtValue cache)
        {
            _binding.Input(name, cache);
            if (_caches.TryGetValue(name, out OrtValue? before))
                before.Dispose();
            _caches[name] = cache;
        }
    }
}
