namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose calls others may watch and change.</summary>
        public abstract class HookableModule<TPreHook, TPostHook> : Module
        {
            private readonly OrderedDictionary<string, TPreHook> _before = [];
            private readonly OrderedDictionary<string, TPostHook> _after = [];
            private readonly OrderedDictionary<string, Action<Module>> _watchBefore = [];
            private readonly OrderedDictionary<string, Action<Module>> _watchAfter = [];
            private int _made;

            protected HookableModule(string name) : base(name)
            {
            }

            internal bool HasNoHooks => _before.Count + _after.Count + _watchBefore.Count + _watchAfter.Count == 0;

            internal IReadOnlyList<TPreHook> PreHooks => [.. _before.Values];

            internal IReadOnlyList<TPostHook> PostHooks => [.. _after.Values];

            /// <summary>The hook may return a changed input.</summary>
            public HookRemover register_forward_pre_hook(TPreHook hook) => Add(_before, hook);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Add(_watchBefore, hook);

            /// <summary>The hook returns the result that the caller sees.</summary>
            public HookRemover register_forward_hook(TPostHook hook) => Add(_after, hook);

            public HookRemover register_forward_hook(Action<Module> hook) => Add(_watchAfter, hook);

            internal void BeforeForward() => Watch(_watchBefore);

            internal void AfterForward() => Watch(_watchAfter);

            private HookRemover Add<T>(OrderedDictionary<string, T> hooks, T hook)
            {
                string key = $"hook{_made++}";
                hooks.Add(key, hook);
                return new HookRemover(this, key);
            }

            private void Watch(OrderedDictionary<string, Action<Module>> hooks)
            {
                foreach (Action<Module> hook in hooks.Values.ToArray())
                    hook(this);
            }

            private void Remove(string key) =>
                _ = _before.Remove(key) || _after.Remove(key) || _watchBefore.Remove(key) || _watchAfter.Remove(key);

            /// <summary>Takes a hook away again.</summary>
            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove() => module.Remove(key);
            }
        }
    }
}
