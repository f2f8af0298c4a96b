using Vlm.Engine;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A table [entries, width], read by row number.</summary>
    public class Embedding : nn.Module<Tensor, Tensor>
    {
        private readonly EmbeddingOptions _options;
        private Parameter _weight;

        internal Embedding(Parameter weight, EmbeddingOptions options) : base(nameof(Embedding))
        {
            (_weight, _options) = (weight, options);
            register_parameter(nameof(weight), weight);
        }

        public Parameter weight
        {
            get => _weight;
            set => _weight = Replace(nameof(weight), value)!;
        }

        public override Tensor forward(Tensor input) => Functional.Embedding(_weight, input, _options);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Normally distributed entries; the padding row starts at zero and gets no gradient.</summary>
            public static Embedding Embedding(
                long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null,
                double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null,
                ScalarType? dtype = null)
            {
                Parameter weight = Storage.Empty([num_embeddings, embedding_dims], device, dtype);
                init.normal_(weight);
                if (padding_idx is { } row)
                    Functional.ZeroRow(weight, row);
                return new(weight, new(padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse));
            }

            public static Embedding Embedding_from_pretrained(
                Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null,
                double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null,
                ScalarType? dtype = null)
            {
                var embedding = new Embedding(new Parameter(embeddings, !freeze),
                    new(padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse));
                embedding.Move(device, dtype, nonBlocking: false);
                return embedding;
            }
        }
    }
}
