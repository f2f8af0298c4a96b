using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Numbers drawn from a generator: the given one, or the default of the device.
    public partial class Tensor
    {
        private static readonly Operator s_bernoulli = new("aten::bernoulli");
        private static readonly Operator s_bernoulliFloatInPlace = new("aten::bernoulli_", "float");
        private static readonly Operator s_bernoulliTensorInPlace = new("aten::bernoulli_", "Tensor");
        private static readonly Operator s_multinomial = new("aten::multinomial");
        private static readonly Operator s_normalInPlace = new("aten::normal_");
        private static readonly Operator s_uniformInPlace = new("aten::uniform_");
        private static readonly Operator s_randomFromInPlace = new("aten::random_", "from");
        private static readonly Operator s_exponentialInPlace = new("aten::exponential_");
        private static readonly Operator s_logNormalInPlace = new("aten::log_normal_");
        private static readonly Operator s_cauchyInPlace = new("aten::cauchy_");
        private static readonly Operator s_geometricInPlace = new("aten::geometric_");
        private static readonly Operator s_poisson = new("aten::poisson");

        public Tensor bernoulli(Generator? generator = null) => s_bernoulli.Call(this, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            s_bernoulliFloatInPlace.CallInPlace(this, this, p, generator);

        public Tensor bernoulli_(Tensor p, Generator? generator = null) =>
            s_bernoulliTensorInPlace.CallInPlace(this, this, p, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            s_multinomial.Call(this, num_samples, replacement, generator);

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            s_normalInPlace.CallInPlace(this, this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            s_uniformInPlace.CallInPlace(this, this, from, to, generator);

        public Tensor random_(double from, double to, Generator? generator = null) =>
            s_randomFromInPlace.CallInPlace(this, this, (long)from, (long)to, generator);

        public Tensor exponential_(double lambda = 1, Generator? generator = null) =>
            s_exponentialInPlace.CallInPlace(this, this, lambda, generator);

        public Tensor log_normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            s_logNormalInPlace.CallInPlace(this, this, mean, std, generator);

        public Tensor cauchy_(double median = 0, double sigma = 1, Generator? generator = null) =>
            s_cauchyInPlace.CallInPlace(this, this, median, sigma, generator);

        public Tensor geometric_(double p, Generator? generator = null) =>
            s_geometricInPlace.CallInPlace(this, this, p, generator);

        public Tensor poisson(Generator? generator = null) => s_poisson.Call(this, generator);
    }
}
