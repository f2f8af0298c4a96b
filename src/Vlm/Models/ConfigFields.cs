using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.Models;

/// <summary>Fields of config.json, with the checks every family needs.</summary>
internal static class ConfigFields
{
    // Far above any published model, far below what makes a meta model slow or its bytes uncountable.
    private const int MaxLayers = 1000, MaxSize = 1 << 26;

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

        /// <summary>A size, where it is given.</summary>
        internal int? Size(string name) =>
            json.Integer(name, most: name is "num_hidden_layers" or "depth" ? MaxLayers : MaxSize);

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

        /// <summary>Refuses an activation other than the one this family's code computes.</summary>
        internal void Activation(string name, string known)
        {
            if (json.Text(name) is { } activation && activation != known)
                throw json.Wrong(name, $"\"{known}\", with which this family is computed");
        }

        /// <summary>Refuses rotary positions that are stretched in a way not computed here.</summary>
        internal void PlainRope()
        {
            foreach (string name in (string[])["rope_scaling", "rope_parameters"])
                if (json.Part(name) is var rope && (rope.Text("rope_type") ?? rope.Text("type")) is { } type
                    && type is not ("default" or "mrope"))
                    throw json.Invalid($"{name} asks for rope type \"{type}\"; known are default and mrope");
        }

        /// <summary>The base of the rotary wavelengths, in its old place or its new one.</summary>
        internal double? RopeTheta() => json.Part("rope_parameters").Number("rope_theta") ?? json.Number("rope_theta");
    }
}
