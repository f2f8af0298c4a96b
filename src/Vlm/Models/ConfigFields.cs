using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Layers;

namespace Vlm.Models;

/// <summary>Fields of config.json, with the checks every family needs.</summary>
internal static class ConfigFields
{
    // Far above any published model, far below what makes a meta model slow or a product of sizes overflow.
    private const int MaxWidth = 1 << 20, MaxRows = 1 << 26, MaxHeads = 1 << 24;

    private static int Most(string name) => name switch
    {
        "num_hidden_layers" or "depth" => 1000,
        "vocab_size" or "intermediate_size" or "max_position_embeddings" or "num_position_embeddings" => MaxRows,
        "image_size" => 1 << 14,
        "patch_size" => 1 << 10,
        "temporal_patch_size" => 1 << 6,
        "spatial_merge_size" or "scale_factor" => 1 << 4,
        _ => MaxWidth,
    };

    extension(JsonReader json)
    {
        /// <summary>Reads config.json.</summary>
        /// <param name="config">The object.</param>
        /// <param name="file">The file, for messages.</param>
        internal static JsonReader Config(JsonObject config, string file) =>
            new(config, file, "use the config.json the weights came with");

        /// <summary>The object under a name; the one around it where there is none.</summary>
        internal JsonReader PartOrSelf(string name) => json.Has(name) ? json.Part(name) : json;

        /// <summary>A size that must be there.</summary>
        internal int Required(string name) => json.Size(name) ?? throw json.Missing(name, "a whole number");

        /// <summary>A size of 1 or more, where it is given.</summary>
        internal int? Size(string name) => json.Integer(name, least: 1, Most(name));

        /// <summary>Refuses a part that does not divide its whole, or where either is below 1.</summary>
        internal void Divides(string name, int part, string wholeName, int whole, bool exact = true)
        {
            if (part < 1 || whole < part || (exact && whole % part != 0))
                throw json.Invalid($"{name} ({part}) must divide {wholeName} ({whole})");
        }

        /// <summary>Refuses a size below 1.</summary>
        internal void Positive(string name, int size)
        {
            if (size < 1)
                throw json.Invalid($"{name} is {size}; it must be 1 or more");
        }

        /// <summary>Refuses heads that do not fit each other, or are wider together than a layer can be.</summary>
        internal void Heads(AttentionConfig sizes)
        {
            json.Divides("num_key_value_heads", sizes.KvHeads, "num_attention_heads", sizes.Heads);
            json.Divides("2", 2, "the width of a head", sizes.HeadDim);
            if ((long)sizes.Heads * sizes.HeadDim > MaxHeads)
                throw json.Invalid($"{sizes.Heads} heads of {sizes.HeadDim} numbers are more than {MaxHeads} together");
        }

        /// <summary>Refuses a text other than the one that this family's code knows.</summary>
        internal void Only(string name, string known)
        {
            if (json.Text(name) is { } given && given != known)
                throw json.Wrong(name, $"\"{known}\", which is what is computed here");
        }

        /// <summary>Refuses an activation other than the one this family's code computes.</summary>
        internal void Activation(string name, string known)
        {
            if (json.Text(name) is { } activation && Formula(activation) != Formula(known))
                throw new UsageException(json.Wrong(name, $"\"{known}\", with which this family is computed").Message, json.File,
                    $"a checkpoint trained with {known}; where \"{name}\" was edited, the config.json as its makers wrote it");
        }

        /// <summary>What is added to a mean square or a variance before its root.</summary>
        internal double? Epsilon(string name) =>
            json.Number(name, "above 0, and below 1", value => value is > 0 and < 1);

        /// <summary>The placeholder of images, in its newer name or its older.</summary>
        /// <param name="absent">What it is where the file does not say; null where it must.</param>
        /// <param name="rows">Of the embedding.</param>
        internal int ImageToken(int? absent, int rows)
        {
            const string New = "image_token_id", Old = "image_token_index";
            string name = json.Has(Old) && !json.Has(New) ? Old : New;
            int id = json.Integer(name, least: 0) ?? absent ?? throw json.Missing(New, "a token id");
            return id < rows ? id : throw json.Invalid(
                $"\"{name}\" is {id}, and \"vocab_size\" gives the embedding {rows} rows");
        }
    }

    // transformers has several names for one function.
    private static string Formula(string activation) => activation switch
    {
        "swish" => "silu",
        "gelu_new" or "gelu_fast" or "gelu_accurate" => "gelu_pytorch_tanh",
        "gelu_python" => "gelu",
        _ => activation,
    };
}
